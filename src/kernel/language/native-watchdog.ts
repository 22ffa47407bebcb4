import { Worker } from "node:worker_threads"

/** Which turn it is (odd: somebody waits for the process), the process that is waited for, whether it was killed. */
const [turn, pid, killed] = [0, 1, 2]

/** Plain text, because a worker's file would have to be found both in src/, by tests, and in dist/. */
const thread = `
const { workerData } = require("node:worker_threads")
const state = new Int32Array(workerData.shared)
for (;;) {
  const seen = Atomics.load(state, ${turn})
  const wait = Atomics.wait(state, ${turn}, seen, seen % 2 ? workerData.patience : Infinity)
  if (wait !== "timed-out" || Atomics.load(state, ${turn}) !== seen) continue
  Atomics.store(state, ${killed}, 1)
  try {
    process.kill(Atomics.load(state, ${pid}), "SIGKILL")
  } catch (error) {
    if (error.code !== "ESRCH") throw error
  }
  Atomics.wait(state, ${turn}, seen)
}
`

/**
 * Bounds a wait that cannot be bounded from inside: TypeScript's API reads from its process with blocking calls.
 * A thread kills the process when `patience` (ms) is over, and the read ends with an error.
 */
export class NativeWatchdog {
  readonly #state = new Int32Array(new SharedArrayBuffer(12))
  readonly #thread: Worker

  constructor(patience: number) {
    const workerData = { shared: this.#state.buffer, patience }
    this.#thread = new Worker(thread, { eval: true, workerData, execArgv: [] })
    this.#thread.unref()
  }

  /** Whether the process of the last wait was killed for its silence. */
  get hasKilled(): boolean {
    return Atomics.load(this.#state, killed) === 1
  }

  /** Calls `wait`, which returns when process `id` has answered or is gone. */
  guard<T>(id: number, wait: () => T): T {
    Atomics.store(this.#state, pid, id)
    Atomics.store(this.#state, killed, 0)
    this.#next()
    try {
      return wait()
    } finally {
      this.#next()
    }
  }

  #next(): void {
    Atomics.add(this.#state, turn, 1)
    Atomics.notify(this.#state, turn)
  }

  close(): void {
    void this.#thread.terminate()
  }
}
