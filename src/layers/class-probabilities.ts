import type { Shape } from "../net/index.js"
import type { Call } from "./layer-type.js"
import { softmax } from "./softmax.js"

/** The Softmax layer that SoftmaxWithLoss and InfogainLoss have inside, over bottom 0. */
function inner(call: Call<unknown>, axis: number): Call<unknown> {
  const shapes: Shape[] = [call.bottoms[0]!]
  return { ...call, params: { axis }, bottoms: shapes, tops: shapes, blobs: [] }
}

export function probabilities(call: Call<unknown>, axis: number, x: Float32Array): Float32Array {
  return softmax.forward(inner(call, axis), [x])[0]!
}

export function probabilityErrors(
  call: Call<unknown>,
  axis: number,
  x: Float32Array,
  p: Float32Array,
  e: Float64Array,
): Float64Array {
  return softmax.bound(inner(call, axis), [x], [p], [e])[0]!
}
