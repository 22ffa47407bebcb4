import type { MessagePort } from "node:worker_threads"
import type { DebugWires } from "./debug/debug-link.js"
import type { Dict, Mimebundle } from "./dict.js"
import type { CellLanguageName } from "./language/cell-language.js"
import type { ErrorContent } from "./messages.js"

/**
 * What the two threads say to each other: plain messages that the structured clone algorithm copies, so that
 * the user's code could as well live in another process. `parent` is always the msg_id of the Jupyter message
 * that something belongs to; the protocol thread keeps its header.
 */
export type ToCells =
  | { type: "execute"; id: number; parent: string; request: CellRequest }
  | { type: "ask"; id: number; parent: string; msgType: string; content: Dict }
  | {
      type: "comm"
      id: number
      parent: string
      msgType: string
      content: Dict
      metadata: Dict
      buffers: Uint8Array[]
    }
  | { type: "input"; id: number; value: string }
  | { type: "interrupt"; cell: number }
  /** Nothing to do, but to have heard it: see `hear`. */
  | { type: "ping" }
  /** A debugger has added a value to those of the cells. */
  | { type: "defined"; name: string }
  | { type: "shutdown" }

export type FromCells =
  | { type: "stream"; parent: string; name: StreamName; text: string }
  | {
      type: "publish"
      parent: string
      msgType: string
      /** Without its data where that is long: then it is in `contentJson`, as it travels. */
      content: Dict
      contentJson?: Uint8Array
      metadata?: Dict
      buffers?: Uint8Array[]
    }
  | { type: "reply"; id: number; content: Dict }
  | { type: "input"; id: number; parent: string; prompt: string; password: boolean }
  /** SIGINT has arrived while cells wait: somebody's, or one of our own that was too late for its cell. */
  | { type: "signal"; cells: number[] }

export type StreamName = "stdout" | "stderr"

/** One cell to run. `label` names it in tracebacks. */
export interface CellRequest {
  code: string
  label: string
  silent: boolean
  count: number
  userExpressions: Record<string, string>
  allowStdin: boolean
}

/** What the protocol thread is told when it starts. */
export interface WorkerStart {
  connectionFile: string
  banner: string
  version: string
  language: CellLanguageName
  /** The version of the cells' TypeScript. */
  languageVersion: string
  features: string[]
  /** Shared memory of two Int32: the id of the cell that has to stop, 0 for none; how many signals were sent. */
  stop: SharedArrayBuffer
  /** Shared memory of one Int32: the characters on their way, see Backpressure. */
  backlog: SharedArrayBuffer
  historyFile: string
  /** To the language thread, which answers completions; without it the thread with the cells does. */
  typing?: MessagePort
  debug: DebugWires
}

export type ExpressionResult =
  | { status: "ok"; data: Mimebundle; metadata: Dict }
  | ({ status: "error" } & ErrorContent)
