/** 12,345 as every reader of English writes it, whatever the machine's locale. */
export function formatCount(n: number): string {
  return n.toLocaleString("en-US")
}

/** `1 segment`, `12 segments`. */
export function formatCountOf(n: number, thing: string): string {
  return `${formatCount(n)} ${thing}${n === 1 ? "" : "s"}`
}

/** Four digits that matter, ready to be copied into code. */
export function formatNumber(x: number): string {
  if (!Number.isFinite(x)) return String(x)
  const size = Math.abs(x)
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? x.toExponential(3) : String(Number(x.toPrecision(4)))
}

/** Rounded for a figure: more digits are not seen, and a saved notebook carries every one. */
export function roundFor(x: number): number {
  return Number(x.toPrecision(6))
}

const blocks = "▁▂▃▄▅▆▇█"

/** A histogram or curve as block characters, which every page and terminal shows; empty bins are blank. */
export function sparkline(heights: readonly number[]): string {
  const top = Math.max(...heights)
  return heights
    .map((height) => (height > 0 ? blocks[Math.min(7, Math.floor((height / top) * 8))]! : " "))
    .join("")
}

/**
 * How many values lie in each of `bins` equal parts of [from, to]; the last part includes `to`. Others are
 * left out.
 */
export function histogram(values: ArrayLike<number>, bins: number, from: number, to: number): number[] {
  const counts = new Array<number>(bins).fill(0)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value >= from && value <= to)
      counts[Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins))]!++
  }
  return counts
}
