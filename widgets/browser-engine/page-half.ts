import type { PageRequest } from "../../src/engines/browser/page.js"
import type { FromPage, PageAnswer, StartRequest, ToPage } from "../../src/widgets/page-messages.js"
import { cutIntoPieces, Pieces } from "../../src/widgets/toolkit/parcels.js"
import { bytesOf, type Model } from "./model.js"
import type { Done, Job } from "./worker-messages.js"

/**
 * The page's half of the engine: between the kernel's messages and the worker. One per page, whatever it
 * shows.
 */
export class PageHalf {
  readonly #model: Model
  readonly #name = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`
  readonly #pieces = new Pieces<PageRequest | StartRequest>()
  #worker: Worker | undefined
  /** The request that waits for the worker to be ready, and those that the worker has. */
  #starting = ""
  readonly #open = new Set<string>()

  constructor(model: Model) {
    this.#model = model
    model.on("msg:custom", this.#receive)
    addEventListener("pagehide", this.#bye)
    this.#say("hello")
  }

  close(): void {
    this.#model.off("msg:custom", this.#receive)
    removeEventListener("pagehide", this.#bye)
    this.#stop()
  }

  readonly #bye = () => this.#say("bye")

  readonly #receive = (message: ToPage, buffers: ArrayBufferView[]): void => {
    if (message.type === "who") this.#say("hello")
    else if (message.to !== this.#name) return
    else if (message.type === "ping") this.#say("pong")
    else if (message.type === "cancel") this.#stop()
    else {
      this.#say("pong")
      const { id } = message.piece
      const whole = this.#pieces.add(message.piece, bytesOf(buffers[0]!))
      if (whole?.content.type === "start") this.#start(id, whole.values)
      else if (whole) this.#serve(id, whole.content, whole.values)
    }
  }

  #serve(id: string, request: PageRequest, values: Uint8Array[]): void {
    if (!this.#worker) {
      this.#answer(id, {
        error: { what: "page has stopped", value: "no worker", hint: "run the cell again" },
      })
      return
    }
    const job: Job = { id, request, values }
    this.#open.add(id)
    this.#worker.postMessage(
      job,
      values.map(({ buffer }) => buffer as ArrayBuffer),
    )
  }

  #start(id: string, scripts: Uint8Array[]): void {
    this.#stop()
    this.#starting = id
    const lines = scripts.flatMap((script) => [script as BlobPart, "\n;"])
    const url = URL.createObjectURL(new Blob(lines, { type: "text/javascript" }))
    this.#worker = new Worker(url)
    URL.revokeObjectURL(url)
    this.#worker.onmessage = ({ data }: MessageEvent<Done>) => this.#done(data)
    this.#open.add(id)
    this.#worker.onerror = ({ message }) => {
      const error = { what: "page cannot run gpu.js", value: message || "its worker failed" }
      for (const open of this.#open) this.#answer(open, { error })
      this.#stop()
    }
  }

  #done(done: Done): void {
    if (done.type === "error") this.#answer(done.id, { error: done.error })
    else if (done.type === "answer") this.#answer(done.id, { answer: done.answer }, done.values)
    else this.#answer(this.#starting, { answer: { found: done.found, missing: done.missing } })
  }

  #stop(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#open.clear()
  }

  #say(type: "hello" | "bye" | "pong"): void {
    this.#model.send({ from: this.#name, type })
  }

  #answer(id: string, answer: PageAnswer, values: Uint8Array[] = []): void {
    this.#open.delete(id)
    for (const { piece, bytes } of cutIntoPieces(id, answer, values)) {
      const message: FromPage = { from: this.#name, type: "piece", piece }
      this.#model.send(message, undefined, [bytes.buffer as ArrayBuffer])
    }
  }
}
