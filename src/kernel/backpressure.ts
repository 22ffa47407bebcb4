import type { FromCells } from "./bridge.js"

/** How much may be on its way before the cell that makes it waits: in characters, and in others' stead. */
const limit = 250_000

/** What a message costs that is no text: a few hundred may be on their way. */
const messageWeight = 1000

/**
 * Slows a cell that prints or displays without end. Nothing on the way to the reader's page pushes back, as sockets
 * keep all they are given, so that a loop of console.log would fill the memory of the kernel, then that of the
 * server, and much earlier be more than the server lets through. Both threads count in shared memory: the one with
 * the cells up, the one that publishes down.
 */
export class Backpressure {
  readonly #backlog: Int32Array

  constructor(memory: ArrayBufferLike) {
    this.#backlog = new Int32Array(memory)
  }

  /** Called by the thread with the cells for what it has posted; blocks it while too much is on its way. */
  leaving(message: FromCells): void {
    const weight = weightOf(message)
    if (weight === 0) return
    Atomics.add(this.#backlog, 0, weight)
    for (let now = this.#now(); now > limit; now = this.#now()) Atomics.wait(this.#backlog, 0, now, 100)
  }

  /** Called by the thread that publishes. */
  gone(weight: number): void {
    Atomics.sub(this.#backlog, 0, weight)
    Atomics.notify(this.#backlog, 0)
  }

  #now(): number {
    return Atomics.load(this.#backlog, 0)
  }
}

export function weightOf(message: FromCells): number {
  if (message.type === "stream") return message.text.length
  return message.type === "publish" ? messageWeight : 0
}
