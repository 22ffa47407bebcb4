import { runInThisContext } from "node:vm"

/** Long enough for Node's watchdog thread to run, also on a busy machine. */
const pauseMs = 30

/**
 * Takes up a SIGINT that an earlier run has left behind. When one arrives just as a guarded script returns, Node's
 * watchdog thread ends with a count still in its semaphore, and the next guarded script is stopped at once, though
 * nobody asked for that. A script that only sleeps is stopped in place of the next cell.
 */
export function drainSigint(): void {
  const sleep = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${pauseMs})`
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      runInThisContext(sleep, { breakOnSigint: true })
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_INTERRUPTED") throw error
    }
  }
}
