/** A page has no signal that would end a synchronous piece of code: loops look at the stop flag themselves. */
export function guarded<Result>(segment: () => Result): Result {
  return segment()
}

export function isInterruption(_error: unknown): boolean {
  return false
}
