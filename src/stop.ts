let check: () => void = () => {}

/** So many values of a loop, or products, take some milliseconds. */
const OFTEN = 2 ** 20

/** Values until the next look. */
let left = 0

/** Who knows whether the reader has stopped the work that now runs: the kernel. The function throws if so. */
export function setStopCheck(throwIfStopped: () => void): void {
  check = throwIfStopped
  left = 0
}

/** Called by long work between its steps: throws where the reader has stopped the cell that waits for it. */
export function checkStop(): void {
  check()
}

/**
 * The same within a loop over a large array, where to look at every turn would cost as much as the loop.
 *
 * @param values how many the next turn is over
 */
export function checkStopNowAndThen(values: number): void {
  left -= values
  if (left >= 0) return
  left = OFTEN
  check()
}

const watchers = new Set<() => void>()

/**
 * Calls back whenever the reader presses Stop, also while no cell runs: for work that no cell waits for, such as a
 * training that a button on the page began.
 *
 * @returns what ends it
 */
export function onStop(stopped: () => void): () => void {
  watchers.add(stopped)
  return () => watchers.delete(stopped)
}

/** Says that the reader has pressed Stop: the kernel does. */
export function tellStop(): void {
  for (const stopped of [...watchers]) stopped()
}
