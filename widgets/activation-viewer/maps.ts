import type { ActivationView } from "../../src/widgets/activation-state.js"
import { format } from "../shared/numbers.js"

/** The maps that have come, of one view. */
export interface Maps {
  readonly view: ActivationView
  readonly first: number
  readonly values: Float32Array
}

export interface MapStatistics {
  readonly min: number
  readonly max: number
  readonly mean: number
}

export function valuesOf({ view, first, values }: Maps, map: number): Float32Array {
  const area = view.height * view.width
  return values.subarray((map - first) * area, (map - first + 1) * area)
}

/** Sums in double, as numbers here are. */
export function statisticsOf(values: Float32Array): MapStatistics {
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
    sum += value
  }
  return { min, max, mean: sum / values.length }
}

export function largestSize(values: Float32Array): number {
  const { min, max } = statisticsOf(values)
  return Math.max(Math.abs(min), Math.abs(max)) || 1
}

/** A map in one sentence. */
export function describeMap(maps: Maps, map: number): string {
  const values = valuesOf(maps, map)
  if (values.length === 1) return `unit ${map}: ${format(values[0]!)}`
  const { min, max, mean } = statisticsOf(values)
  return `map ${map}: from ${format(min)} to ${format(max)}, mean ${format(mean)}`
}
