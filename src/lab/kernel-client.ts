import type { Data } from "./notebook.js"

/** A message from a kernel, whichever way it came. */
export interface KernelMessage {
  channel: "shell" | "iopub"
  type: string
  /** The id of the request that it belongs to. */
  parent: string | undefined
  content: Data
  metadata: Data
  buffers: Uint8Array[]
}

/** One running kernel and the few things that running a notebook asks of it. */
export interface KernelClient {
  /** What the kernel says of its language, as notebooks keep it. */
  readonly languageInfo: Data
  /** Called for every message that is not an answer to our own handshake. */
  onMessage: (message: KernelMessage) => void
  /** Resolves, with the reason, if the kernel goes away by itself. */
  readonly died: Promise<string>
  /** Sends a cell and gives the id of its request. */
  execute(code: string, cellId: string): string
  interrupt(): Promise<void>
  /** Shuts the kernel down, by force if it does not go. */
  close(): Promise<void>
}

export function executeContent(code: string) {
  return {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  }
}
