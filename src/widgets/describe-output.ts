import { aroundAxis, eachRun } from "../layers/channels.js"
import { type Blob, count, type Shape } from "../net/index.js"
import type { ExplorerImage, ExplorerOutput } from "./explorer-state.js"

/** Values of an output that are shown: all of a small one, the largest of a big one. */
const mostValues = 10
const smallOutput = 20

/** An output before and after the edits. */
export function describeOutput(
  name: string,
  shape: Shape,
  before: Float32Array,
  after: Float32Array,
): ExplorerOutput {
  const all = Array.from(before, (_, i) => i)
  const largestFirst = [...all].sort((i, j) => before[j]! - before[i]!)
  const indices = before.length <= smallOutput ? all : largestFirst.slice(0, mostValues)
  return {
    name,
    classes: count(shape, 1) === count(shape) && shape.slice(2).every((extent) => extent === 1),
    indices,
    before: indices.map((i) => before[i]!),
    after: indices.map((i) => after[i]!),
    largestBefore: indexOfLargest(before),
    largestAfter: indexOfLargest(after),
    largestChange: before.reduce((most, value, i) => Math.max(most, Math.abs(after[i]! - value)), 0),
    total: before.length,
  }
}

function indexOfLargest(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0)
}

/** How many activations the page gets, at most: enough for a histogram, little enough for every edit. */
export const mostActivations = 4096

/**
 * The values of one channel (axis 1) of a blob, evenly thinned to `mostActivations`; of all channels when
 * `channel` is undefined.
 */
export function activationsOf(
  shape: Shape,
  data: Float32Array,
  channel: number | undefined,
): { values: Float32Array; total: number } {
  const runs: Float32Array[] = []
  eachRun(aroundAxis(shape, 1), (c, from, to) => {
    if (channel === undefined || c === channel) runs.push(data.subarray(from, to))
  })
  const total = runs.reduce((sum, run) => sum + run.length, 0)
  const all = new Float32Array(total)
  let at = 0
  for (const run of runs) {
    all.set(run, at)
    at += run.length
  }
  if (total <= mostActivations) return { values: all, total }
  const step = total / mostActivations
  return {
    values: Float32Array.from({ length: mostActivations }, (_, i) => all[Math.floor(i * step)]!),
    total,
  }
}

/** Widest and highest picture that is shown. */
const largestPicture = 256

/**
 * A blob of one or three channels as a picture, from its least value (black) to its largest (white); others
 * are none.
 */
export function pictureOf({ shape, data }: Blob): ExplorerImage | null {
  const [, channels, height, width] = shape
  if (shape.length !== 4 || !(channels === 1 || channels === 3)) return null
  if (width! > largestPicture || height! > largestPicture) return null
  const [least, largest] = data.reduce(
    ([a, b], x) => [Math.min(a, x), Math.max(b, x)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  const area = width! * height!
  const pixels = new Uint8Array(4 * area)
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) {
      // Caffe's colour images are blue, green, red.
      const value = data[channels === 1 ? i : (2 - c) * area + i]!
      pixels[4 * i + c] = Math.round((255 * (value - least!)) / (largest! - least! || 1))
    }
    pixels[4 * i + 3] = 255
  }
  return { width: width!, height: height!, pixels }
}
