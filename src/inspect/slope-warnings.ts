import type { SlopeStatistics } from "./slope-statistics.js"

/** Widest spread of slopes (max - min) for which one leaky ReLU is offered in the layer's place. */
export const leakySpread = 0.01

/** What a reader should know about a layer's slopes, in words; each sentence carries its numbers. */
export function slopeWarnings(slopes: ArrayLike<number>, statistics: SlopeStatistics): string[] {
  const { channels, notFinite, negative, aboveOne, dead } = statistics
  const warnings: string[] = []
  if (notFinite > 0) warnings.push(`${share(notFinite, channels)} not a finite number`)
  if (negative > 0) {
    warnings.push(
      `${share(negative, channels)} negative (${at(slopes, (a) => a < 0)}): these responses are not monotonic`,
    )
  }
  if (aboveOne > 0) {
    warnings.push(
      `${share(aboveOne, channels)} above 1 (${at(slopes, (a) => a > 1)}): max(ax, x) would compute something else`,
    )
  }
  if (dead > 0) warnings.push(`${share(dead, channels)} zero: a plain ReLU, nothing passes below 0`)
  const leaky = leakyWarning(statistics)
  if (leaky) warnings.push(leaky)
  return warnings
}

/** One leaky ReLU in the place of a whole layer, where its slopes (nearly) agree. */
function leakyWarning({ channels, min, max, notFinite }: SlopeStatistics): string | undefined {
  if (notFinite > 0 || channels < 2 || max - min > leakySpread) return undefined
  if (min === max)
    return `all ${channels} slopes are ${short(min)}: exactly a ReLU with negative_slope ${short(min)}`
  const middle = Number(short((min + max) / 2))
  const error = roundUp(Math.max(max - middle, middle - min))
  return `slopes differ by at most ${roundUp(max - min)}: a ReLU with negative_slope ${middle} is within ${error} |x|`
}

function share(n: number, channels: number): string {
  return channels === 1
    ? "the slope is"
    : n === 1
      ? `1 of ${channels} slopes is`
      : `${n} of ${channels} slopes are`
}

/** The first few channels that a condition holds for, with their slopes. */
function at(slopes: ArrayLike<number>, holds: (slope: number) => boolean, limit = 4): string {
  const found = Array.from(slopes, (slope, channel) => ({ slope, channel })).filter(({ slope }) =>
    holds(slope),
  )
  const shown = found.slice(0, limit).map(({ slope, channel }) => `channel ${channel}: ${short(slope)}`)
  return found.length > limit ? `${shown.join(", ")}, …` : shown.join(", ")
}

/** To four digits, never below x: the sentences state limits. */
function roundUp(x: number): number {
  const unit = 10 ** (Math.floor(Math.log10(x)) - 3)
  return Number((Math.ceil(x / unit) * unit).toPrecision(4))
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)))
}
