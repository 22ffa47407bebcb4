import type { ChildProcess } from "node:child_process"
import { Interrupted } from "./error-frame.js"

/** Time for a child process to end by itself. */
const graceMs = 2000

type Timer = NodeJS.Timeout | NodeJS.Immediate

/** What a cell has going beside its own code, so that stopping the cell stops that too. */
export class Activity {
  readonly timers = new Set<Timer>()
  readonly children = new Set<ChildProcess>()
  /** Rejects what the cell waits for at its top level. */
  waiting: ((error: Interrupted) => void) | undefined
  stopped = false
  #abort: AbortController | undefined

  /** Aborted when the reader stops the cell. Made when first asked for: most cells never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.stopped) this.#abort.abort(new Interrupted())
    return this.#abort.signal
  }

  /** Ends all of it. The cell's own code goes on with an error at its `await`, and may clean up. */
  stop(): void {
    this.stopped = true
    for (const timer of this.timers) clearTimer(timer)
    this.timers.clear()
    for (const child of this.children) end(child)
    this.#abort?.abort(new Interrupted())
    this.waiting?.(new Interrupted())
  }
}

function clearTimer(timer: Timer): void {
  if ("hasRef" in timer && "refresh" in timer) clearTimeout(timer)
  else clearImmediate(timer as NodeJS.Immediate)
}

/** As Ctrl-C would; a program that does not care is ended. */
function end(child: ChildProcess): void {
  child.kill("SIGINT")
  setTimeout(() => child.kill("SIGKILL"), graceMs).unref()
}
