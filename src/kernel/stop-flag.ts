import type { ToCells } from "./bridge.js"

/**
 * What stands where in the memory that the threads share: the last cell that has to stop (0: none), how many signals were
 * sent, the first cell that has to stop, whether functions have to look too (0: loops only), how many interrupts and
 * pings the cells' thread has heard, and whether long work has seen the last Stop. All running cells are stopped
 * together; one that begins later has a larger id.
 */
export const places = { last: 0, signals: 1, first: 2, calls: 3, heard: 4, seen: 5 } as const

const { last, first, calls, heard } = places

/** Bytes of the memory that is shared: an Int32 for each place. */
export const stopBytes = 4 * Object.keys(places).length

/** In place of a cell's id: whatever loops now has to stop. */
export const stopAll = -1

/** In place of a cell's id where none runs. */
export const noCell = 0

/** That memory, as the thread with the cells sees it. */
export interface StopFlag {
  [place: number]: number
}

/** Whether this cell was told to stop. */
export function isStopping(flag: StopFlag, cell: number): boolean {
  return flag[first]! <= cell && cell <= flag[last]!
}

/** The thread with the cells has got a message. */
export function hear(flag: StopFlag, { type }: ToCells): void {
  if (type === "interrupt" || type === "ping") {
    flag[heard] = (flag[heard] ?? 0) + 1
    flag[calls] = 0
  }
  // What begins now is no leftover. What was one when the reader pressed Stop has had its turn.
  if ((type === "execute" || type === "comm") && flag[last] === stopAll) flag[last] = 0
}

/** Whether code that runs for this cell, or for none, has to stop here. */
export function mustStop(flag: StopFlag, cell: number | undefined): boolean {
  if (flag[last] !== stopAll) return cell !== undefined && isStopping(flag, cell)
  flag[last] = 0
  return true
}
