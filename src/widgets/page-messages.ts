import type { FoundInPage, PageRan, PageRequest } from "../engines/browser/page.js"
import type { Piece } from "./toolkit/parcels.js"

// What the kernel and the pages that show its notebook say to each other. Everybody hears the kernel: what is
// for one page carries the page's name, which it has made up for itself.

/** Answered with what the page has. Its values are scripts: gpu.js, and the worker that runs it. */
export interface StartRequest {
  readonly type: "start"
}

export type ToPage =
  | { readonly type: "who" }
  | { readonly to: string; readonly type: "ping" }
  /** Stop whatever runs and forget everything. */
  | { readonly to: string; readonly type: "cancel" }
  | { readonly to: string; readonly type: "piece"; readonly piece: Piece<PageRequest | StartRequest> }

export type FromPage =
  | { readonly from: string; readonly type: "hello" | "bye" | "pong" }
  | { readonly from: string; readonly type: "piece"; readonly piece: Piece<PageAnswer> }

/** What a page has for gpu.js, and why it lacks the rest. */
export interface PageStarted {
  readonly found: readonly FoundInPage[]
  readonly missing: readonly string[]
}

export type PageAnswer = { readonly answer: Partial<PageRan & PageStarted> } | { readonly error: PageError }

/** A PrelabError on its way. */
export interface PageError {
  readonly what: string
  readonly value?: string | undefined
  readonly hint?: string | undefined
}

/** What the widget shows: the page's state, and its last pass. */
export interface PageEngineState {
  readonly status: string
  readonly backend: string
  readonly adapter: string
  readonly kernels: number
  readonly milliseconds: number
  /** Passes so far. */
  readonly passes: number
}
