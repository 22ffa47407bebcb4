import { availableParallelism } from "node:os"
import { Worker } from "node:worker_threads"
import { outsideOfCells } from "../../outside-of-cells.js"
import { checkStop } from "../../stop.js"
import { control, MOST_THREADS, takeTurns } from "./take-turns.js"
import type { WasmMemory } from "./web-assembly.js"

/** Plain text, because a worker's file would have to be found both in src/, by tests, and in dist/. */
const thread = `
const { workerData } = require("node:worker_threads")
const { module, memory, names, shared, control, thread } = workerData
const takeTurns = ${takeTurns}
const { exports } = new WebAssembly.Instance(module, { env: { memory } })
const kernels = names.map((name) => exports[name])
for (let seen = 0; ; ) {
  Atomics.wait(shared, control.job, seen)
  seen = Atomics.load(shared, control.job)
  Atomics.store(shared, control.busy + thread, 1)
  try {
    takeTurns(shared, control, kernels, thread, () => {})
  } catch {
    Atomics.store(shared, control.failed, 1)
  }
  Atomics.store(shared, control.busy + thread, 0)
  Atomics.notify(shared, control.busy + thread)
}
`

/** Multiply-accumulates that one thread is done with before another one is awake. */
const TOO_SMALL = 2 ** 19

/** Multiply-accumulates of a turn, at most: between two turns a Stop can end the work. */
export const LONG = 2 ** 24

/** A page has shared memory where nothing of other sites is in it. */
export const canShareMemory = typeof SharedArrayBuffer !== "undefined"

/** How many threads compute: as many as processors, or what `PRELAB_THREADS` says; one where they share no memory. */
export function threadCount(): number {
  if (!canShareMemory) return 1
  const wanted = Number(process.env.PRELAB_THREADS || availableParallelism())
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MOST_THREADS) : 1
}

export interface Job {
  readonly kernel: number
  readonly items: number
  readonly parameters: readonly number[]
  /** Where scratch memory begins, `scratchBytes` for each thread. */
  readonly scratch: number
  readonly scratchBytes: number
  /** About how many multiply-accumulates it is. */
  readonly work: number
}

/**
 * Threads that do a job together, in the memory they share. A job is cut into turns, and who is free takes
 * the next: this thread too, which then waits for the others. So a thread that is not there (yet), or that a
 * busy machine does not run, costs no more than its turn.
 *
 * Between jobs the others sleep. They do not keep the process alive.
 */
export class Threads {
  readonly #shared: Int32Array
  readonly #kernels: readonly ((...parameters: number[]) => void)[]
  readonly #start: (thread: number) => void
  /** Those that were started, or tried to: this one among them. */
  #started = 1

  constructor(module: object, memory: WasmMemory, exports: object, names: readonly string[]) {
    const bytes = 4 * (control.taken + MOST_THREADS)
    this.#shared = new Int32Array(canShareMemory ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
    const byName = exports as Record<string, (...parameters: number[]) => void>
    this.#kernels = names.map((name) => byName[name]!)
    this.#start = (index) => {
      const workerData = { module, memory, names, shared: this.#shared, control, thread: index }
      // The environment may ask for loaders that the text does not need.
      const worker = new Worker(thread, { eval: true, workerData, execArgv: [], env: {} })
      worker.on("error", () => undefined)
      worker.unref()
    }
  }

  /** How many may work on a job: those that were started once stay. */
  get count(): number {
    return Math.max(this.#started, threadCount())
  }

  /** How many turns each thread has taken so far. */
  get turns(): readonly number[] {
    return [...this.#shared.subarray(control.taken, control.taken + this.#started)]
  }

  /** Waits for others: a job that was stopped half way may have left turns, and somebody working on them. */
  settle(): void {
    Atomics.store(this.#shared, control.left, 0)
    this.#untilIdle()
  }

  /**
   * Does a job; what may be left of one that was stopped has to be settled.
   *
   * @throws Error where a kernel went beyond its memory
   */
  run({ kernel, items, parameters, scratch, scratchBytes, work }: Job): void {
    const shared = this.#shared
    const threads = work < TOO_SMALL ? 1 : this.#available()
    const turns = Math.max(threads === 1 ? 1 : 8 * threads, work / LONG)
    const step = Math.max(1, Math.floor(items / turns))
    shared[control.kernel] = kernel
    shared[control.items] = items
    shared[control.step] = step
    shared[control.scratch] = scratch
    shared[control.scratchBytes] = scratchBytes
    shared[control.failed] = 0
    shared[control.count] = parameters.length
    shared.set(parameters, control.parameters)
    Atomics.store(shared, control.left, Math.ceil(items / step))
    if (threads > 1) {
      Atomics.add(shared, control.job, 1)
      Atomics.notify(shared, control.job)
    }
    try {
      takeTurns(shared, control, this.#kernels, 0, checkStop)
    } finally {
      // Where it was stopped the others take no more.
      Atomics.store(shared, control.left, 0)
    }
    this.#untilIdle()
    if (Atomics.load(shared, control.failed) === 1) throw new Error("a thread failed")
  }

  /** How many threads there are to share a job. */
  #available(): number {
    const wanted = threadCount()
    while (this.#started < wanted) {
      const index = this.#started++
      try {
        outsideOfCells(() => this.#start(index))
      } catch {
        // Where a process may not have threads, this one takes all turns.
        break
      }
    }
    return wanted
  }

  #untilIdle(): void {
    for (let other = 1; other < this.#started; other++) {
      const busy = control.busy + other
      // Short waits, between which a Stop can end the work.
      while (Atomics.load(this.#shared, busy) === 1) Atomics.wait(this.#shared, busy, 1, 100)
    }
  }
}
