import type { FoundInPage, Page, PageRan, PageRequest } from "../engines/browser/index.js"
import { PrelabError } from "../error.js"
import { outsideOfCells } from "../outside-of-cells.js"
import type { FromPage, PageAnswer, PageStarted, StartRequest, ToPage } from "./page-messages.js"
import { cutIntoPieces, type Piece, Pieces } from "./toolkit/parcels.js"

/**
 * While a page owes an answer it is asked so often whether it is still there, and may be silent so many
 * times.
 */
export const pulse = { milliseconds: 2000, mostSilent: 5 }

interface Pending {
  readonly resolve: (answer: { answer: Partial<PageRan & PageStarted>; values: Uint8Array[] }) => void
  readonly reject: (error: PrelabError) => void
}

export interface SessionOptions {
  send(message: ToPage, buffers?: Uint8Array[]): void
  /** Aborted when the reader stops the cell that is running now. */
  stopSignal(): AbortSignal
  /** Called after each pass. */
  onRan(ran: PageRan): void
}

/** One page, from its hello until it is closed, falls silent or is told to stop. */
export class PageSession implements Page {
  readonly id: string
  found: readonly FoundInPage[] = []
  missing: readonly string[] = []
  readonly #options: SessionOptions
  readonly #pending = new Map<string, Pending>()
  readonly #pieces = new Pieces<PageAnswer>()
  #asked = 0
  #silent = 0
  #pulse: NodeJS.Timeout | undefined
  #over: PrelabError | undefined

  constructor(id: string, options: SessionOptions) {
    this.id = id
    this.#options = options
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** Gives the page its scripts and learns what it has. */
  async start(scripts: readonly Uint8Array[]): Promise<void> {
    const { answer } = await this.#request({ type: "start" }, scripts)
    this.found = answer.found ?? []
    this.missing = answer.missing ?? []
  }

  async ask(request: PageRequest, arrays: readonly Float32Array[] = []) {
    const bytes = arrays.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    )
    const { answer, values } = await this.#request(request, bytes)
    if (request.type === "run") this.#options.onRan(answer as PageRan)
    return { answer, arrays: values.map(({ buffer }) => new Float32Array(buffer)) }
  }

  /** Takes a message of this page. */
  receive(message: FromPage, buffers: readonly Uint8Array[]): void {
    this.#silent = 0
    if (message.type === "bye") this.end("page closed or reloaded", "run the cell again")
    if (message.type === "piece") this.#take(message.piece, buffers)
  }

  #take(piece: Piece<PageAnswer>, buffers: readonly Uint8Array[]): void {
    const whole = this.#pieces.add(piece, buffers[0] ?? new Uint8Array(0))
    const pending = this.#pending.get(piece.id)
    if (!whole || !pending) return
    this.#settled(piece.id)
    const { content, values } = whole
    if ("answer" in content) pending.resolve({ answer: content.answer, values })
    else {
      const { what, value, hint } = content.error
      pending.reject(new PrelabError(what, value, hint === undefined ? {} : { hint }))
    }
  }

  /** Nothing more will come of this page: what waits for it fails. */
  end(what: string, hint: string): void {
    this.#over ??= new PrelabError(what, "browser engine", { hint })
    for (const [id, { reject }] of [...this.#pending]) {
      this.#settled(id)
      reject(this.#over)
    }
  }

  #request(content: PageRequest | StartRequest, values: readonly Uint8Array[]) {
    if (this.#over) return Promise.reject(this.#over)
    const { send, stopSignal } = this.#options
    const id = `${this.id}-${++this.#asked}`
    const signal = stopSignal()
    const stop = () => {
      send({ to: this.id, type: "cancel" })
      this.end("stopped", "run the cell again")
    }
    const answered = new Promise<Parameters<Pending["resolve"]>[0]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
    })
    signal.addEventListener("abort", stop)
    this.#listen()
    for (const { piece, bytes } of cutIntoPieces(id, content, values))
      send({ to: this.id, type: "piece", piece }, [bytes])
    return answered.finally(() => signal.removeEventListener("abort", stop))
  }

  #listen(): void {
    if (this.#pulse !== undefined) return
    this.#silent = 0
    this.#pulse = outsideOfCells(() => setInterval(() => this.#beat(), pulse.milliseconds))
  }

  #beat(): void {
    if (++this.#silent > pulse.mostSilent)
      this.end("page does not answer any more", "reload the page and run the cell again")
    else this.#options.send({ to: this.id, type: "ping" })
  }

  #settled(id: string): void {
    this.#pending.delete(id)
    if (this.#pending.size > 0) return
    clearInterval(this.#pulse)
    this.#pulse = undefined
  }
}
