/** How many characters may be on their way before the cell that prints them waits. */
const limit = 4_000_000

/** Output is let through at this pace once it is more than that: 50 million characters a second. */
const portion = 1_000_000
const everyMs = 20

/**
 * Slows a cell that prints without end. Nothing on the way to the reader's page pushes back, as sockets keep all
 * they are given, so that a loop of console.log would fill the memory of the kernel, then that of the server.
 * Both threads count in shared memory: the one that prints up, the one that sends down, at a bounded pace.
 */
export class Backpressure {
  readonly #backlog: Int32Array
  #due = 0
  #timer: NodeJS.Timeout | undefined

  constructor(memory: SharedArrayBuffer) {
    this.#backlog = new Int32Array(memory)
  }

  /** Called by the thread that prints; blocks it while too much is on its way. */
  leaving(characters: number): void {
    Atomics.add(this.#backlog, 0, characters)
    for (let now = this.#now(); now > limit; now = this.#now()) Atomics.wait(this.#backlog, 0, now, 100)
  }

  /** Called by the thread that sends. */
  arrived(characters: number): void {
    this.#due += characters
    this.#timer ??= setInterval(() => this.#release(), everyMs)
  }

  #release(): void {
    const released = Math.min(this.#due, portion)
    this.#due -= released
    Atomics.sub(this.#backlog, 0, released)
    Atomics.notify(this.#backlog, 0)
    if (this.#due > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #now(): number {
    return Atomics.load(this.#backlog, 0)
  }
}
