import { stopBytes } from "../../kernel/stop-flag.js"
import type { CellsStart } from "../cells/cells-start.js"
import type { LanguageStart } from "../language/language-start.js"
import type { FromProtocol, ToProtocol } from "../protocol/protocol-start.js"
import { driveFolder } from "../tree.js"
import type { JupyterMessage } from "./jupyter-message.js"
import { serveDrive } from "./serve-drive.js"
import type { ContentsManager, KernelOptions, LiteKernelInterface, Slot } from "./services.js"

export interface LiteSetting {
  /** Where the extension's files are, with a slash at the end. */
  base: string
  contents: ContentsManager
  version: string
  typescript: string
  cdn: string | undefined
}

/** Where the page keeps what cells were run. */
const historyKey = "prelab:history"

/** A kernel in the reader's browser: three workers with the same work as the three threads of a kernel in Node. */
export class LiteKernel implements LiteKernelInterface {
  readonly id: string
  readonly name: string
  readonly location: string
  /** The protocol answers at once, whatever still loads. */
  readonly ready = Promise.resolve()
  isDisposed = false
  readonly disposed = {
    connect: (slot: Slot) => this.#slots.size !== this.#slots.add(slot).size,
    disconnect: (slot: Slot) => this.#slots.delete(slot),
  }
  readonly #slots = new Set<Slot>()
  readonly #protocol: Worker
  readonly #workers: Worker[]

  constructor(
    { id, name, location, sendMessage }: KernelOptions,
    readonly setting: LiteSetting,
  ) {
    this.id = id
    this.name = name
    this.location = location
    const worker = (file: string) => new Worker(new URL(file, setting.base), { name: `prelab ${file}` })
    const cells = worker("cells.js")
    const language = worker("language.js")
    this.#protocol = worker("protocol.js")
    this.#workers = [this.#protocol, cells, language]
    this.#protocol.onmessage = ({ data }: MessageEvent<FromProtocol>) => this.#hear(data, sendMessage)
    this.#connect(cells, language)
  }

  async handleMessage(message: JupyterMessage): Promise<void> {
    // JupyterLite waits for this before it hands on the next message: here nothing has to wait.
    this.#tell({ type: "message", message: { ...message, buffers: message.buffers ?? [] } })
  }

  interrupt(): void {
    this.#tell({ type: "interrupt" })
  }

  dispose(): void {
    if (this.isDisposed) return
    this.isDisposed = true
    for (const worker of this.#workers) worker.terminate()
    for (const slot of this.#slots) slot(this, undefined)
    this.#slots.clear()
  }

  #connect(cells: Worker, language: Worker): void {
    const { base, contents, version, typescript, cdn } = this.setting
    const stop = globalThis.crossOriginIsolated ? new SharedArrayBuffer(stopBytes) : undefined
    const [toCells, typing, compiling] = [new MessageChannel(), new MessageChannel(), new MessageChannel()]
    const drives = [new MessageChannel(), new MessageChannel()]
    for (const { port1 } of drives) serveDrive(port1, contents)
    const [cellsDrive, languageDrive] = drives.map(({ port2 }) => port2)
    const folder = [driveFolder, this.location].filter(Boolean).join("/")
    this.#tell(
      {
        ...{ type: "start", stop, history: localStorage.getItem(historyKey) ?? "" },
        description: {
          ...{ version, language: "typescript", languageVersion: typescript },
          banner: `prelab ${version}: TypeScript in this browser`,
        },
        ...{ cells: toCells.port1, typing: typing.port1 },
      },
      [toCells.port1, typing.port1],
    )
    const cellsStart: CellsStart = {
      ...{ type: "start", stop, folder, base, cdn },
      ...{ protocol: toCells.port2, language: compiling.port1, drive: cellsDrive! },
    }
    cells.postMessage(cellsStart, [toCells.port2, compiling.port1, cellsDrive!])
    const languageStart: LanguageStart = {
      ...{ type: "start", folder, types: new URL("types.json", base).href },
      ...{ cells: compiling.port2, typing: typing.port2, drive: languageDrive! },
    }
    language.postMessage(languageStart, [compiling.port2, typing.port2, languageDrive!])
  }

  #tell(message: ToProtocol, moved: Transferable[] = []): void {
    this.#protocol.postMessage(message, moved)
  }

  #hear(message: FromProtocol, sendMessage: KernelOptions["sendMessage"]): void {
    if (message.type === "message") sendMessage(message.message)
    else if (message.type === "history") localStorage.setItem(historyKey, message.text)
    else this.dispose()
  }
}
