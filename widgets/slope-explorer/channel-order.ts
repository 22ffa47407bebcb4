import { leakySpread } from "../../src/inspect/slope-warnings.js"
import type { ExplorerState } from "../../src/widgets/explorer-state.js"

export type Sort = ExplorerState["sort"]
export type Filter = ExplorerState["filter"]

/** How near is near: one leaky ReLU is offered in place of slopes that differ by no more. */
export const near = leakySpread

export const sorts: readonly Sort[] = ["channel", "slope", "change"]

/** Which slopes a filter keeps; `median` is the layer's. */
const keeps: Readonly<Record<Filter, (slope: number, median: number) => boolean>> = {
  all: () => true,
  negative: (slope) => slope < 0,
  "above 1": (slope) => slope > 1,
  "near zero": (slope) => Math.abs(slope) <= near,
  "near equal": (slope, median) => Math.abs(slope - median) <= near,
}

export const filters = Object.keys(keeps) as readonly Filter[]

/** What a filter keeps, in words. */
export const meaning: Readonly<Record<Filter, string>> = {
  all: "all channels",
  negative: "negative",
  "above 1": "above 1",
  "near zero": `within ${near} of 0`,
  "near equal": `within ${near} of the median`,
}

/** The value with as many below as above it; of two in the middle their mean. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return low + (high - low) * (at - Math.floor(at))
}

export const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b)

export function countOf(slopes: readonly number[], filter: Filter): number {
  const median = quantile(ascending(slopes), 0.5)
  return slopes.filter((slope) => keeps[filter](slope, median)).length
}

/** The channels that a filter keeps, in the order that was chosen: least slopes first, largest changes first. */
export function orderOf(
  slopes: readonly number[],
  original: readonly number[],
  {
    sort,
    filter,
    keep,
  }: { sort: Sort; filter: Filter /** A channel that stays whatever its slope. */; keep: number },
): number[] {
  const median = quantile(ascending(slopes), 0.5)
  const kept = slopes.flatMap((slope, c) => (c === keep || keeps[filter](slope, median) ? [c] : []))
  const change = (c: number) => Math.abs(slopes[c]! - original[c]!)
  if (sort === "slope") kept.sort((a, b) => slopes[a]! - slopes[b]!)
  if (sort === "change") kept.sort((a, b) => change(b) - change(a))
  return kept
}
