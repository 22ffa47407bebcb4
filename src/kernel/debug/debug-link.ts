import type { MessagePort } from "node:worker_threads"
import type { CompiledSource } from "./cell-source.js"
import type { Debugger } from "./debugger.js"

/** What joins the thread with the cells to the debugger's. */
export interface DebugWires {
  port: MessagePort
  /** Shared memory of one Int32: 1 while a client debugs. */
  attached: SharedArrayBuffer
}

interface Announcement {
  id: number
  source: CompiledSource
}

/** The debugger as the thread with the cells sees it: it is told of everything that is compiled. */
export class DebugLink {
  readonly #port: MessagePort
  readonly #attached: Int32Array
  readonly #waiting = new Map<number, () => void>()
  #lastId = 0

  constructor({ port, attached }: DebugWires) {
    this.#port = port
    this.#attached = new Int32Array(attached)
    port.on("message", (id: number) => {
      this.#waiting.get(id)?.()
      this.#waiting.delete(id)
    })
    port.unref()
  }

  /** Where a client debugs, a promise: what has been announced may run when its breakpoints are set. */
  announce(source: CompiledSource): Promise<void> | undefined {
    const id = ++this.#lastId
    this.#port.postMessage({ id, source } satisfies Announcement)
    if (Atomics.load(this.#attached, 0) === 0) return undefined
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
}

/** The other end: hands on what was compiled, and says when it may run. */
export function serveDebugLink(port: MessagePort, adapter: Debugger): void {
  port.on("message", async ({ id, source }: Announcement) => {
    await adapter.compiled(source)
    port.postMessage(id)
  })
}
