import type { ToCells } from "./bridge.js"

/** In place of a cell's id in the shared flag: whatever loops now has to stop. */
export const stopAll = -1

/**
 * The signal comes a little later than the rest, which mostly suffices: just when a cell's code returns, Node has
 * no handler for SIGINT for some microseconds, and the kernel would die of it. Then again, until the cell ends.
 */
const firstMs = 25
const againMs = 250

/** On Windows, sending a signal to a process ends it. */
function signalOurselves(): void {
  if (process.platform !== "win32") process.kill(process.pid, "SIGINT")
}

/**
 * Stops the running cell, three ways at once, because each misses something: the flag in shared memory is seen
 * by loops of cell code wherever they run, SIGINT ends synchronous code of libraries below the cell, the posted
 * message rejects a cell that merely waits. All carry the cell's id, so that a late one cannot hit the next cell.
 */
export class Interrupter {
  readonly #stop: Int32Array
  #running: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(
    stop: SharedArrayBuffer,
    readonly toCells: (message: ToCells) => void,
    readonly signal: () => void = signalOurselves,
  ) {
    this.#stop = new Int32Array(stop)
  }

  begin(cell: number): void {
    Atomics.store(this.#stop, 0, 0)
    this.#running = cell
  }

  end(): void {
    this.#running = undefined
    clearTimeout(this.#timer)
    Atomics.store(this.#stop, 0, 0)
  }

  /**
   * Between cells only loops of leftover timers and of comm callbacks stop; there is no signal then, as clients
   * interrupt idle kernels before they shut them down.
   */
  interrupt(): void {
    const cell = this.#running
    if (cell === undefined) return void Atomics.store(this.#stop, 0, stopAll)
    Atomics.store(this.#stop, 0, cell)
    this.toCells({ type: "interrupt", cell })
    this.#strike(cell, firstMs)
  }

  #strike(cell: number, delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      if (this.#running !== cell) return
      Atomics.add(this.#stop, 1, 1)
      this.signal()
      this.#strike(cell, againMs)
    }, delayMs)
  }
}
