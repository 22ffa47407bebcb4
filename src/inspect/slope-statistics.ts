/** What a PReLU layer's slopes look like as numbers. */
export interface SlopeStatistics {
  readonly channels: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Standard deviation over the layer's channels (population). */
  readonly std: number
  /** Slopes below 0: the channel's response falls and rises again, it is not monotonic. */
  readonly negative: number
  /** Slopes above 1: negative inputs leave larger than they came. */
  readonly aboveOne: number
  /** Slopes of at most `deadSlope` in size: the channel is a plain ReLU, its negative half is dead. */
  readonly dead: number
  /** Slopes that are no finite number. */
  readonly notFinite: number
}

/**
 * Size up to which a slope counts as zero. An activation below this slope loses more than 10 of float32's 24
 * bits against an equally large positive one, so for what follows the channel's negative half is off.
 */
export const deadSlope = 2 ** -10

/**
 * Counts and moments of the slopes; min, max, mean and std are over the finite ones, NaN when there are none.
 */
export function slopeStatistics(slopes: ArrayLike<number>): SlopeStatistics {
  const all = Array.from(slopes)
  const finite = all.filter(Number.isFinite)
  const mean = finite.reduce((sum, a) => sum + a, 0) / finite.length
  const variance = finite.reduce((sum, a) => sum + (a - mean) ** 2, 0) / finite.length
  return {
    channels: all.length,
    min: finite.length > 0 ? Math.min(...finite) : Number.NaN,
    max: finite.length > 0 ? Math.max(...finite) : Number.NaN,
    mean,
    std: Math.sqrt(variance),
    negative: finite.filter((a) => a < 0).length,
    aboveOne: finite.filter((a) => a > 1).length,
    dead: finite.filter((a) => Math.abs(a) <= deadSlope).length,
    notFinite: all.length - finite.length,
  }
}
