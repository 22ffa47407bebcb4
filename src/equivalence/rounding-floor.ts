import type { NetCalls } from "../layers/index.js"
import type { Value } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { evaluate } from "./evaluate.js"
import { uniform } from "./random.js"

/** Net a once more, with every computed blob moved by a random half ulp and rounded again. */
export function nudged(
  calls: NetCalls,
  given: ReadonlyMap<Value, Float32Array>,
  wanted: readonly Value[],
  seed: number,
) {
  const random = uniform(seed)
  const layers = calls.net.layers.filter(({ type }) => type !== "Input")
  return evaluate(calls, layers, given, wanted, (tops) => tops.map((top) => nudge(top, random)))
}

/** Uniform in half an ulp around each number, rounded at random: one step up or down for one number in four each. */
function nudge(data: Float32Array, random: () => number): Float32Array {
  const moved = data.slice()
  const bits = new Int32Array(moved.buffer)
  for (let i = 0; i < bits.length; i++) {
    checkStopNowAndThen(4)
    // Zero stays: a ReLU's zeros are exact. Neighbours in memory order are neighbours in value, except at the ends.
    if (moved[i] === 0 || !Number.isFinite(moved[i]!)) continue
    const draw = random()
    if (draw < 0.25) bits[i] = bits[i]! - 1
    else if (draw < 0.5 && Math.abs(moved[i]!) < 3.4e38) bits[i] = bits[i]! + 1
  }
  return moved
}

/** Largest |x - y|; infinities of one sign and NaN in both are no difference. */
export function farthest(x: Float32Array, y: Float32Array): number {
  let largest = 0
  for (let i = 0; i < x.length; i++) {
    const [p, q] = [x[i]!, y[i]!]
    if (p === q || (Number.isNaN(p) && Number.isNaN(q))) continue
    const gap = Math.abs(p - q)
    if (!(gap <= largest)) largest = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
  }
  return largest
}

export function largestOf(data: Float32Array): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!))
  return largest
}
