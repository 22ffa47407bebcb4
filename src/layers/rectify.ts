import { checkStopNowAndThen } from "../stop.js"
import type { Channels } from "./channels.js"
import { type Workshop, workshopFor } from "./simd/workshop.js"

/** Values that a plain loop is done with before they are set down in the workshop. */
const FEW = 1024

/** Multiply-accumulates that take as long as one value of these loops. */
const WORK = 4

/** Runs of so many values, and the slope of each: the n-th of as many as there are, or the one of all. */
function runsOf({ inner }: Channels, slopes: Float32Array, x: Float32Array) {
  return { inner, runs: inner === 0 ? 0 : x.length / inner, channels: slopes.length }
}

/**
 * max(x, 0) + a min(x, 0) with a slope for each channel, or one for all. The product rounds to float32 before the
 * sum, as in Caffe; one of the two terms is always zero, if the slope is a number.
 */
export function rectified(x: Float32Array, around: Channels, slopes: Float32Array): Float32Array {
  const { inner, runs, channels } = runsOf(around, slopes, x)
  const shop = shopFor(x)
  if (shop) {
    const y = shop.room(4 * x.length)
    const places = { x: shop.floats(x), slopes: shop.floats(slopes), channels, inner, y }
    shop.run("prelu", runs, places, { work: WORK * x.length })
    return shop.takeFloats(y, x.length)
  }
  const y = new Float32Array(x.length)
  for (let run = 0, i = 0; run < runs; run++) {
    checkStopNowAndThen(inner)
    const a = slopes[run % channels]!
    const above = a * 0
    for (const end = i + inner; i < end; i++) {
      const v = x[i]!
      y[i] = v > 0 ? v + above : 0 + Math.fround(a * v)
    }
  }
  return y
}

/**
 * The diff of x, and in double that of each slope: d min(x, 0), added up run by run. At 0 the slope counts, as in
 * Caffe.
 */
export function rectifiedDiff(
  x: Float32Array,
  diff: Float32Array,
  around: Channels,
  slopes: Float32Array,
): { dx: Float32Array; slopeDiffs: Float64Array } {
  const { inner, runs, channels } = runsOf(around, slopes, x)
  const { dx, sums } = diffOfRuns(x, diff, inner, runs, slopes)
  const slopeDiffs = new Float64Array(channels)
  for (let run = 0; run < runs; run++) slopeDiffs[run % channels]! += sums[run]!
  return { dx, slopeDiffs }
}

function diffOfRuns(x: Float32Array, diff: Float32Array, inner: number, runs: number, slopes: Float32Array) {
  const channels = slopes.length
  const shop = shopFor(x)
  if (shop) {
    const [dx, sums] = [shop.room(4 * x.length), shop.room(8 * runs)]
    const [from, dy] = [shop.floats(x), shop.floats(diff)]
    const places = { x: from, slopes: shop.floats(slopes), channels, inner, dy, dx, sums }
    shop.run("preluDiff", runs, places, { work: WORK * x.length })
    return { dx: shop.takeFloats(dx, x.length), sums: shop.takeDoubles(sums, runs) }
  }
  const dx = new Float32Array(x.length)
  const sums = new Float64Array(runs)
  for (let run = 0, i = 0; run < runs; run++) {
    checkStopNowAndThen(inner)
    const a = slopes[run % channels]!
    let sum = 0
    for (const end = i + inner; i < end; i++) {
      const v = x[i]!
      const d = diff[i]!
      dx[i] = v > 0 ? d : d * a
      sum += d * Math.min(v, 0)
    }
    sums[run] = sum
  }
  return { dx, sums }
}

function shopFor(x: Float32Array): Workshop | undefined {
  return x.length < FEW ? undefined : workshopFor(24 * x.length)
}
