import type { Dict } from "../../kernel/dict.js"
import type { Header } from "../../kernel/wire.js"

/** A message as JupyterLab has it in a page: `KernelMessage.IMessage` of @jupyterlab/services. */
export interface JupyterMessage {
  channel: "shell" | "control" | "stdin" | "iopub"
  header: Header
  parent_header: Header | Record<string, never>
  metadata: Dict
  content: Dict
  buffers?: (ArrayBuffer | ArrayBufferView)[]
}
