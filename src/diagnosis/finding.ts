import type { Pair } from "./align.js"

/** How far something moves, next to the largest value there. */
export interface Difference {
  readonly blob: string
  readonly difference: number
  readonly largest: number
}

/** One thing that went wrong in one place. */
export interface Finding {
  /** The layer of the original net that it is about. */
  readonly layer: string
  /** The layer of the merged net that holds the wrong numbers, where there is one. */
  readonly into?: string
  /** Three to six words; "unexplained" where no known mistake gives these numbers. */
  readonly bug: string
  readonly explanation: string
  /** The numbers of the channel where it shows most. */
  readonly evidence: string
  readonly fix: string
  /** Stored parameters that this explains, all of them to within a few roundings. */
  readonly parameters: number
  /** What this alone does to the original net: behind the layer, and to the output it moves most. Absent where the nets cannot run. */
  readonly effect?: { readonly here: Difference; readonly output: Difference }
}

/** A finding before its effect is known, and the blocks to exchange to measure it. */
export interface Draft extends Omit<Finding, "effect"> {
  readonly region: readonly Pair[]
}
