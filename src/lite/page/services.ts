import type { JupyterMessage } from "./jupyter-message.js"

// What of JupyterLab and JupyterLite the extension uses, as their own packages declare it.

/** `IKernelSpecs` of @jupyterlite/services. */
export interface KernelSpecs {
  register(options: { spec: object; create: (options: KernelOptions) => Promise<LiteKernelInterface> }): void
}

/** `IKernel.IOptions` of @jupyterlite/services. */
export interface KernelOptions {
  id: string
  name: string
  /** Where the notebook lies, as the file browser says it. */
  location: string
  sendMessage(message: JupyterMessage): void
}

/** `IKernel` of @jupyterlite/services. */
export interface LiteKernelInterface {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly ready: Promise<void>
  readonly isDisposed: boolean
  readonly disposed: { connect(slot: Slot): boolean; disconnect(slot: Slot): boolean }
  handleMessage(message: JupyterMessage): Promise<void>
  dispose(): void
}

export type Slot = (sender: LiteKernelInterface, args: undefined) => void

/** `IKernelClient` of @jupyterlite/services. */
export interface KernelClient {
  interrupt(id: string): Promise<void>
}

/** `Contents.IModel` of @jupyterlab/services. */
export interface ContentsModel {
  name: string
  path: string
  type: "file" | "directory" | "notebook"
  format: "text" | "base64" | "json" | null
  content: unknown
  size?: number
  last_modified: string
}

/** `Contents.IManager` of @jupyterlab/services. */
export interface ContentsManager {
  get(path: string, options?: { content?: boolean; format?: string; type?: string }): Promise<ContentsModel>
  save(path: string, options: Partial<ContentsModel>): Promise<ContentsModel>
  rename(path: string, to: string): Promise<ContentsModel>
  delete(path: string): Promise<void>
}

/** `JupyterFrontEnd` of @jupyterlab/application. */
export interface FrontEnd {
  serviceManager: { contents: ContentsManager }
}
