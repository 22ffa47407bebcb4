import type { ToCells } from "./bridge.js"
import { signalChildren } from "./child-processes.js"
import { noCell, places, stopAll } from "./stop-flag.js"

const { last, signals, first, calls, heard, seen } = places

/**
 * The signal comes a little later than the rest, which mostly suffices: just when a cell's code returns, Node has
 * no handler for SIGINT for some microseconds, and the kernel would die of it. Then again, until the cell ends: but only
 * while messages are not heard.
 */
const firstMs = 25
const againMs = 250

/** How long one of our own signals may take to arrive. */
const ownMs = 250

/** Time for a command to end by itself, as those get it that no cell waits for. */
const graceMs = 2000

/**
 * To ourselves, and to the commands that the cell waits for: these have to be looked for, and a cell that ended
 * meanwhile could have been hit just when its code returns. What does not care is ended, as Python's subprocess does it:
 * synchronous commands let nothing else run. On Windows, sending a signal to a process ends it.
 */
function signal(cellAgeMs: number, stoppingMs: number): void {
  if (process.platform !== "win32") process.kill(process.pid, "SIGINT")
  signalChildren(stoppingMs < graceMs ? "SIGINT" : "SIGKILL", cellAgeMs)
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
  /** When the first of them was stopped. */
  #since = 0
  #lastStrike = Number.NEGATIVE_INFINITY
  /** How many interrupts and pings the thread with the cells was told of. */
  #told = 0
  #timer: NodeJS.Timeout | undefined

  constructor(
    stop: ArrayBufferLike,
    readonly toCells: (message: ToCells) => void,
    readonly strike: (cellAgeMs: number, stoppingMs: number) => void = signal,
  ) {
    this.#stop = new Int32Array(stop)
  }

  begin(cell: number): void {
    this.#running.set(cell, performance.now())
    // What is left over may still be on its way to stop: the cell comes behind it.
    if (this.#stopping.size > 0) this.#name()
  }

  end(cell: number): void {
    this.#running.delete(cell)
    this.#stopping.delete(cell)
    this.#name()
    if (this.#stopping.size === 0) clearTimeout(this.#timer)
  }

  /**
   * Between cells only loops of leftover timers and of comm callbacks stop; there is no signal then, as clients
   * interrupt idle kernels before they shut them down. Work that no cell waits for is told in any case, as cell 0.
   */
  interrupt(): void {
    Atomics.store(this.#stop, seen, 0)
    if (this.#running.size === 0) {
      Atomics.store(this.#stop, last, stopAll)
      this.#tell(noCell)
      this.#strikeIn(againMs)
      return
    }
    if (this.#stopping.size === 0) this.#since = performance.now()
    for (const cell of this.#running.keys()) {
      this.#stopping.add(cell)
      this.#tell(cell)
    }
    this.#name()
    this.#strikeIn(firstMs)
  }

  #tell(cell: number): void {
    this.#told++
    this.toCells({ type: "interrupt", cell })
  }

  /** Asks to be heard by the next strike. */
  #ping(): void {
    this.#told++
    this.toCells({ type: "ping" })
  }

  /** Something keeps the thread with the cells from its messages: whatever that belongs to is what has to stop. */
  #isDeaf(): boolean {
    return isShared(this.#stop.buffer) && Atomics.load(this.#stop, heard) !== this.#told
  }

  /** Whether a SIGINT that came while these cells ran is meant for one that still runs, and was not sent from here. */
  isReaders(cells: readonly number[]): boolean {
    return performance.now() - this.#lastStrike >= ownMs && cells.some((cell) => this.#running.has(cell))
  }

  /**
   * All at once, not in turn: a loop whose turn came with the signal would be hit by it between two guarded parts,
   * where nobody handles it.
   */
  #name(): void {
    const cells = [...this.#stopping]
    if (cells.length > 0) Atomics.store(this.#stop, first, Math.min(...cells))
    Atomics.store(this.#stop, last, Math.max(0, ...cells))
  }

  /**
   * A thread that has heard nothing by the second strike is busy with the code of another cell, or with functions
   * that call each other by promises and microtasks, without a loop.
   */
  #strikeIn(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const isDeaf = this.#isDeaf()
      if (this.#stopping.size === 0 && !isDeaf) return
      const isStuck = isDeaf && delayMs === againMs
      // What sees only now that it has to stop gets the time to: a signal that comes behind it would hit the next cell.
      const isNews = isStuck && Atomics.load(this.#stop, calls) === 0
      if (this.#stopping.size > 0) this.#name()
      if (isStuck) Atomics.store(this.#stop, last, stopAll)
      Atomics.store(this.#stop, calls, isStuck ? 1 : 0)
      // Long work that has seen the Stop is about to leave its cell: just there a signal would end the kernel.
      const isSeen = delayMs === firstMs && Atomics.load(this.#stop, seen) === 1
      // What cleans up after a Stop takes turns with messages, and a signal would end its callbacks.
      const mayHelp = isDeaf || !isShared(this.#stop.buffer)
      if (this.#stopping.size > 0 && !isNews && !isSeen && mayHelp) this.#signal()
      if (!isDeaf) this.#ping()
      this.#strikeIn(againMs)
    }, delayMs)
  }

  /** Counted before and behind: a cell that begins meanwhile, and the next one, look for what is left of it. */
  #signal(): void {
    Atomics.add(this.#stop, signals, 1)
    this.#lastStrike = performance.now()
    const oldest = Math.min(...[...this.#stopping].map((each) => this.#running.get(each)!))
    this.strike(this.#lastStrike - oldest, this.#lastStrike - this.#since)
    Atomics.add(this.#stop, signals, 1)
  }
}

function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer
}
