import { AsyncLocalStorage } from "node:async_hooks"
import { Activity } from "./activity.js"
import type { Dict } from "./dict.js"
import { Interrupted } from "./error-frame.js"
import { mustStop, noCell, places, type StopFlag } from "./stop-flag.js"

/** What running code belongs to: a cell, or a comm message. Timers and promises inherit it from their creator. */
export interface Context {
  /** msg_id of the Jupyter message; output goes out under its header. */
  parent: string
  /** The cell's id, 0 for a comm message: what an interrupt names. */
  cell: number
  allowStdin: boolean
  /** Payloads of the execute_reply. */
  payload: Dict[]
  /** Displays whose bundle is still being made; the reply waits for them. */
  pending: Promise<unknown>[]
  /** What it has going. */
  activity: Activity
}

let flag: StopFlag | undefined

/** Lets `throwIfStopped` look there too: what computes gets no message. */
export function lookForStopIn(shared: StopFlag): void {
  flag = shared
}

/**
 * Throws where the cell that the running code belongs to has been stopped. Work that no cell waits for hears of a Stop
 * by `onStop`, and ends as it likes.
 */
export function throwIfStopped(): void {
  const store = context.getStore()
  if (!store) return
  const { activity, cell } = store
  if (flag && cell !== noCell && mustStop(flag, cell)) {
    flag[places.seen] = 1
    // The cell may be over before the message comes, and would leave running what it does beside this.
    activity.stopped = true
  }
  if (activity.stopped) throw new Interrupted()
}

export const context = new AsyncLocalStorage<Context>()

export function newContext(parent: string, cell = 0, allowStdin = false): Context {
  return { parent, cell, allowStdin, payload: [], pending: [], activity: new Activity() }
}

/** For a file that awaits while it is loaded: a Stop of the cell throws there too, so that the next cell loads it anew. */
export function activityBelow(): Activity {
  const activity = new Activity()
  context.getStore()?.activity.signal.addEventListener("abort", () => activity.stop(), { once: true })
  return activity
}
