import type { Shape } from "../net/index.js"
import { logStatements } from "./elementary.js"
import type { GpuKernel } from "./gpu-kernel.js"
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

/**
 * That layer's kernels: 0 the largest score of every place, 2 the sum of the exponentials above it, 3 the probabilities, which are
 * top 1 of a loss that hands them out.
 */
export function probabilityKernels(call: Call<unknown>, axis: number): GpuKernel[] {
  const kernels = softmax.gpu!(inner(call, axis)).map(({ top: _top, ...kernel }) => kernel)
  const last = kernels.pop()!
  return call.tops.length > 1 ? [...kernels, { ...last, top: 1 }] : kernels
}

/** Of kernel statements that compute -log(max(p, least)) at place `at`: what they read of the kernels above. */
export const logArguments = { largest: { kernel: 0 }, totals: { kernel: 2 } } as const

/**
 * The statements that come first, and the expression for a class with the score `score`:
 * log(sum of exp(x - largest)) + (largest - score). Neither p nor its logarithm is computed: a shader's exponentials would put p
 * farther off than its bound.
 */
export const logStart = `
  const total = totals[at];
  const most = largest[at];
  ${logStatements("total")}`

export function minusLog(score: string, least: number): string {
  return `Math.min(result + (most - ${score}), ${-Math.log(least)})`
}
