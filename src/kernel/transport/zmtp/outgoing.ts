import type { Socket } from "node:net"
import { lingerMs } from "../transport.js"

/** How long one who sends waits for a peer that takes nothing. */
const stalledMs = 1000

/** What leaves on one connection. Nothing is dropped: what a slow peer does not take yet is kept. */
export class Outgoing {
  readonly #socket: Socket
  #unsent = 0
  /** The peer has stopped reading: nobody waits for it until it goes on. */
  #stalled = false
  #flush: { promise: Promise<void>; done: () => void } | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on("close", () => this.#flush?.done())
  }

  /** Writes everything of this turn of the event loop at once, so that a message is never cut. */
  write(chunks: readonly Uint8Array[]): void {
    if (!this.#socket.writable || chunks.length === 0) return
    this.#unsent++
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
    const last = chunks.length - 1
    for (const [i, chunk] of chunks.entries())
      this.#socket.write(chunk, i === last ? () => this.#wrote() : undefined)
  }

  /** Resolves when everything has left, or when the peer takes so long that nobody should wait for it. */
  flushed(): Promise<void> {
    if (this.#unsent === 0 || this.#stalled || this.#socket.destroyed) return Promise.resolve()
    this.#flush ??= this.#beginFlush()
    return this.#flush.promise
  }

  /** Ends the connection when everything has left, or after a while. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#socket.destroy(), lingerMs)
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve())
      this.#socket.end(() => resolve())
      if (this.#socket.destroyed) resolve()
    })
    // Nobody reads what the other side may still say: waiting for its end is no reason to keep the process.
    late.unref()
    this.#socket.unref()
  }

  #beginFlush(): { promise: Promise<void>; done: () => void } {
    const timer = setTimeout(() => {
      this.#stalled = true
      this.#flush?.done()
    }, stalledMs)
    let resolve = () => {}
    const promise = new Promise<void>((resolve_) => {
      resolve = resolve_
    })
    const done = () => {
      clearTimeout(timer)
      this.#flush = undefined
      resolve()
    }
    return { promise, done }
  }

  #wrote(): void {
    this.#unsent--
    this.#stalled = false
    if (this.#unsent === 0) this.#flush?.done()
  }
}
