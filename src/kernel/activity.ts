import type { ChildProcess } from "node:child_process"
import { Interrupted } from "./error-frame.js"

/** Time for a child process to end by itself. */
const graceMs = 2000

/** Those that have something going. */
const busy = new Set<Activity>()

/** What a cell has going beside its own code, so that stopping the cell stops that too. */
export class Activity {
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #children = new Set<ChildProcess>()
  #waiting: ((error: Interrupted) => void) | undefined
  /** A Stop came while the cell computed: its next `await` fails, if it gets there. */
  #pending = false
  stopped = false
  #abort: AbortController | undefined

  /** Aborted when the reader stops the cell. Made when first asked for: most cells never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.stopped) this.#abort.abort(new Interrupted())
    return this.#abort.signal
  }

  /** The promise's own outcome, or Interrupted when the cell is stopped before. */
  stoppable<T>(work: T | PromiseLike<T>): Promise<T> {
    if (this.#pending) {
      this.#pending = false
      return Promise.reject(new Interrupted())
    }
    return new Promise((resolve, reject) => {
      this.#waiting = reject
      const over = () => {
        if (this.#waiting === reject) this.#waiting = undefined
      }
      Promise.resolve(work).then(
        (value) => {
          over()
          resolve(value)
        },
        (error) => {
          over()
          reject(error)
        },
      )
    })
  }

  begin(what: { timer: NodeJS.Timeout } | { child: ChildProcess }): void {
    if ("timer" in what) this.#timers.add(what.timer)
    else this.#children.add(what.child)
    busy.add(this)
  }

  end(what: { timer: NodeJS.Timeout } | { child: ChildProcess }): void {
    if ("timer" in what) this.#timers.delete(what.timer)
    else this.#children.delete(what.child)
    if (this.#timers.size + this.#children.size === 0) busy.delete(this)
  }

  /** Ends all of it. The cell's own code goes on with an error at its `await`, and may clean up. */
  stop(): void {
    this.stopped = true
    this.endWork()
    this.#abort?.abort(new Interrupted())
    if (this.#waiting) this.#waiting(new Interrupted())
    else this.#pending = true
    this.#waiting = undefined
  }

  /** Ends timers and children: the code itself may long be over. */
  endWork(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    for (const child of this.#children) endChild(child)
    busy.delete(this)
  }
}

/** Ends what cells have left running behind them. */
export function endAllWork(): void {
  for (const activity of [...busy]) activity.endWork()
}

/** As Ctrl-C would; what does not care is told more plainly, and then ended. */
function endChild(child: ChildProcess): void {
  kill(child, "SIGINT")
  setTimeout(() => kill(child, "SIGTERM"), graceMs / 10).unref()
  setTimeout(() => kill(child, "SIGKILL"), graceMs).unref()
}

/** A child that leads a process group takes the group with it, which may outlive it. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child
  if (pid === undefined || !leaders.has(child)) {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return
  }
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error // the group is gone
  }
}

const leaders = new WeakSet<ChildProcess>()

/** Says that a child was started with a process group of its own. */
export function leadsGroup(child: ChildProcess): void {
  leaders.add(child)
}
