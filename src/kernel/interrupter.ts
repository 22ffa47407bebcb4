import type { ToCells } from "./bridge.js"
import { signalChildren } from "./child-processes.js"

/** In place of a cell's id in the shared flag: whatever loops now has to stop. */
export const stopAll = -1

/**
 * The signal comes a little later than the rest, which mostly suffices: just when a cell's code returns, Node has
 * no handler for SIGINT for some microseconds, and the kernel would die of it. Then again, until the cell ends.
 */
const firstMs = 25
const againMs = 250

/** How long one of our own signals may take to arrive. */
const ownMs = 1000

/** To the commands that the cell waits for, and to ourselves. On Windows, sending a signal to a process ends it. */
function signal(cellAgeMs: number): void {
  signalChildren("SIGINT", cellAgeMs)
  if (process.platform !== "win32") process.kill(process.pid, "SIGINT")
}

/**
 * Stops the running cells, three ways at once, because each misses something: the flag in shared memory is seen
 * by loops of cell code wherever they run, SIGINT ends synchronous code of libraries below the cell, the posted
 * message rejects a cell that merely waits. All carry the cell's id, so that a late one cannot hit the next cell.
 */
export class Interrupter {
  readonly #stop: Int32Array
  /** When each running cell began. */
  readonly #running = new Map<number, number>()
  readonly #stopping = new Set<number>()
  #lastStrike = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(
    stop: SharedArrayBuffer,
    readonly toCells: (message: ToCells) => void,
    readonly strike: (cellAgeMs: number) => void = signal,
  ) {
    this.#stop = new Int32Array(stop)
  }

  begin(cell: number): void {
    this.#running.set(cell, performance.now())
    this.#name()
  }

  end(cell: number): void {
    this.#running.delete(cell)
    this.#stopping.delete(cell)
    this.#name()
    if (this.#stopping.size === 0) clearTimeout(this.#timer)
  }

  /**
   * Between cells only loops of leftover timers and of comm callbacks stop; there is no signal then, as clients
   * interrupt idle kernels before they shut them down.
   */
  interrupt(): void {
    if (this.#running.size === 0) return void Atomics.store(this.#stop, 0, stopAll)
    for (const cell of this.#running.keys()) {
      this.#stopping.add(cell)
      this.toCells({ type: "interrupt", cell })
    }
    this.#name()
    this.#strikeIn(firstMs)
  }

  /** Whether a SIGINT that has just arrived may be one that was sent from here. */
  isOwnSignal(): boolean {
    return performance.now() - this.#lastStrike < ownMs
  }

  /** The flag names one cell that has to stop. Where several have to, they take turns: only one can loop. */
  #name(): void {
    const [cell = 0] = this.#stopping
    Atomics.store(this.#stop, 0, cell)
  }

  #strikeIn(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const [cell] = this.#stopping
      if (cell === undefined) return
      this.#stopping.delete(cell)
      this.#stopping.add(cell)
      this.#name()
      Atomics.add(this.#stop, 1, 1)
      this.strike(
        performance.now() - Math.min(...[...this.#stopping].map((each) => this.#running.get(each)!)),
      )
      this.#strikeIn(againMs)
    }, delayMs)
  }
}
