import type { Dict } from "../dict.js"

// The Debug Adapter Protocol, as far as this kernel speaks it. Lines and columns are counted from 1.

export interface DebugRequest {
  seq: number
  type: "request"
  command: string
  arguments?: Dict
}

export interface DebugResponse {
  seq: number
  type: "response"
  request_seq: number
  success: boolean
  command: string
  message?: string
  body?: object
}

export interface Source {
  name: string
  path?: string
  /** Asks for the text by `source` where there is no file; 0 where there is one. */
  sourceReference: number
}

export interface StackFrame {
  id: number
  name: string
  source: Source
  line: number
  column: number
}

export interface Scope {
  name: string
  presentationHint?: "locals"
  variablesReference: number
  expensive: boolean
}

export interface Variable {
  name: string
  value: string
  type?: string
  /** Asks for what is inside by `variables`; 0 where there is nothing inside. */
  variablesReference: number
  evaluateName?: string
  namedVariables?: number
  indexedVariables?: number
  presentationHint?: { lazy?: boolean; kind?: string; attributes?: string[] }
}

/** A breakpoint as a client asks for it. */
export interface SourceBreakpoint {
  line: number
  condition?: string
  hitCondition?: string
  logMessage?: string
}

/** A breakpoint as it was set. */
export interface SetBreakpoint {
  id: number
  verified: boolean
  line: number
  source: Source
  message?: string
}

export type StopReason = "breakpoint" | "step" | "pause" | "exception"

/** The cells' thread; there is no other one to debug. */
export const mainThread = { id: 1, name: "cells" }

export const exceptionFilters = [
  {
    filter: "uncaught",
    label: "Uncaught exceptions",
    description: "Stops where an error is thrown that no code of the notebook catches",
    default: false,
  },
  {
    filter: "all",
    label: "All exceptions",
    description: "Stops where any error is thrown",
    default: false,
  },
]

export const capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsLogPoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsModulesRequest: true,
  supportsExceptionInfoRequest: true,
  supportsTerminateRequest: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: exceptionFilters,
}
