import type { KernelDescription } from "../../kernel/messages.js"
import type { JupyterMessage } from "../page/jupyter-message.js"

/** What the page tells the protocol worker first. */
export interface ProtocolStart {
  type: "start"
  description: Omit<KernelDescription, "features">
  /** To the cells worker and to the language worker. */
  cells: MessagePort
  typing: MessagePort
  /** Shared memory of `stopBytes`, where the page may share memory. */
  stop: SharedArrayBuffer | undefined
  /** The cells of earlier sessions, as the page has kept them. */
  history: string
}

export type ToProtocol = ProtocolStart | { type: "message"; message: JupyterMessage } | { type: "interrupt" }

export type FromProtocol =
  | { type: "message"; message: JupyterMessage }
  | { type: "history"; text: string }
  /** The shutdown_reply is out: the page ends the workers. */
  | { type: "end" }
