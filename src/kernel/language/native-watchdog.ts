import { Worker } from "node:worker_threads"

/** Which turn it is (odd: somebody waits for the process), the process that is waited for, whether it was killed. */
const [turn, pid, killed] = [0, 1, 2]

/** In how many looks the patience is over. Nobody wakes the thread: waking it would cost every question more than the answer. */
const looks = 4

/** Plain text, because a worker's file would have to be found both in src/, by tests, and in dist/. */
const thread = `
const { workerData } = require("node:worker_threads")
const state = new Int32Array(workerData.shared)
const clock = new Int32Array(new SharedArrayBuffer(4))
for (let seen = 0, times = 0; ; ) {
  Atomics.wait(clock, 0, 0, workerData.patience / ${looks})
  const now = Atomics.load(state, ${turn})
  times = now % 2 && now === seen ? times + 1 : 0
  seen = now
  if (times < ${looks}) continue
  Atomics.store(state, ${killed}, 1)
  try {
    process.kill(Atomics.load(state, ${pid}), "SIGKILL")
  } catch (error) {
    if (error.code !== "ESRCH") throw error
  }
}
`

/** A process did not answer in time, and is no more. */
export class SilenceError extends Error {
  override readonly name = "SilenceError"

  constructor(patience: number, options: ErrorOptions) {
    super(`silent for ${patience} ms`, options)
  }
}

/**
 * Bounds a wait that cannot be bounded from inside: TypeScript's API reads from its process with blocking calls.
 * A thread kills the process when `patience` (ms) is over, and the read ends with an error.
 */
export class NativeWatchdog {
  readonly #state = new Int32Array(new SharedArrayBuffer(12))
  readonly #thread: Worker
  readonly #patience: number

  constructor(patience: number) {
    this.#patience = patience
    const workerData = { shared: this.#state.buffer, patience }
    this.#thread = new Worker(thread, { eval: true, workerData, execArgv: [] })
    this.#thread.unref()
  }

  /** Calls `wait`, which returns when process `id` has answered, and throws when it is gone. */
  guard<T>(id: number, wait: () => T): T {
    Atomics.store(this.#state, pid, id)
    Atomics.store(this.#state, killed, 0)
    this.#next()
    try {
      return wait()
    } catch (cause) {
      throw Atomics.load(this.#state, killed) === 1 ? new SilenceError(this.#patience, { cause }) : cause
    } finally {
      this.#next()
    }
  }

  #next(): void {
    Atomics.add(this.#state, turn, 1)
  }

  close(): void {
    void this.#thread.terminate()
  }
}
