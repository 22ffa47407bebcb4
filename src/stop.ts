let check: () => void = () => {}

/** Who knows whether the reader has stopped the work that now runs: the kernel. The function throws if so. */
export function setStopCheck(throwIfStopped: () => void): void {
  check = throwIfStopped
}

/** Called by long work between its steps: throws where the reader has stopped the cell that waits for it. */
export function checkStop(): void {
  check()
}
