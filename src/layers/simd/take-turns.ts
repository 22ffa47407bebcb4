/** Places in the memory that threads agree in, in whole numbers of 32 bits. */
export const control = {
  /** Counts the jobs: who waits for the next one waits for this to change. */
  job: 0,
  /** Turns of the job that nobody has taken yet. */
  left: 1,
  /** Which kernel, how many items there are, and how many of them make a turn. */
  kernel: 2,
  items: 3,
  step: 4,
  /** Where scratch memory begins, and how much of it each thread has. */
  scratch: 5,
  scratchBytes: 6,
  /** Whether a kernel ended with an error. */
  failed: 7,
  /** How many parameters follow, and the parameters. */
  count: 8,
  parameters: 9,
  /** One a thread: 1 while it may be working. */
  busy: 40,
  /** One a thread: how many turns it has taken. */
  taken: 56,
} as const

/** Threads beyond those that have a place there are not started. */
export const MOST_THREADS = control.taken - control.busy

/**
 * Takes turns of the present job until none is left. What a job is stands still from the first turn that
 * somebody takes until all who may be working are done.
 *
 * Its text is what the other threads run: it uses nothing but its parameters.
 *
 * @param before called before every turn; what it throws ends this thread's turns
 */
export function takeTurns(
  shared: Int32Array,
  at: typeof control,
  kernels: readonly ((...parameters: number[]) => void)[],
  thread: number,
  before: () => void,
): void {
  for (;;) {
    const left = Atomics.load(shared, at.left)
    if (left === 0) return
    before()
    if (Atomics.compareExchange(shared, at.left, left, left - 1) !== left) continue
    shared[at.taken + thread]! += 1
    const step = shared[at.step]!
    const end = shared[at.items]! - (left - 1) * step
    const parameters = shared.subarray(at.parameters, at.parameters + shared[at.count]!)
    const scratch = shared[at.scratch]! + thread * shared[at.scratchBytes]!
    kernels[shared[at.kernel]!]!(Math.max(0, end - step), end, scratch, ...parameters)
  }
}
