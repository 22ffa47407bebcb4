import type { ToCells } from "../../kernel/bridge.js"

/** What the page tells the cells worker first. */
export interface CellsStart {
  type: "start"
  /** To the protocol worker, the language worker and the reader's files. */
  protocol: MessagePort
  language: MessagePort
  drive: MessagePort
  /** Shared memory of `stopBytes`, where the page may share memory. */
  stop: SharedArrayBuffer | undefined
  /** The folder of the notebook. */
  folder: string
  /** Where the extension's files are, with a slash at the end. */
  base: string
  /** Where packages come from, if not from where they usually do. */
  cdn: string | undefined
}

/** What comes from the protocol worker: `stopUrl` where memory cannot be shared, see StopUrl. */
export type FromProtocolWorker = ToCells | { type: "stopUrl"; url: string }
