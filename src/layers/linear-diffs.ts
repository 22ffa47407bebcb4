import { matmul, transposed } from "./matmul.js"

type Floats = Float32Array | Float64Array

/**
 * Of y = W x + b over rows of x [rows, inputs], W [outputs, inputs]: the diff of x, dy W. Sums in double,
 * rounded once.
 */
export function inputDiff(weight: Float32Array, dy: Float32Array, outputs: number): Float32Array {
  const inputs = weight.length / outputs
  const rows = dy.length / outputs
  const dx = new Float32Array(rows * inputs)
  const turned = transposed(weight, 0, outputs, inputs)
  matmul(turned, 0, dy, inputs, rows, outputs, undefined, 0, dx, 0, 1, inputs)
  return dx
}

/** Of the same: the diff of W, dy^T x. */
export function weightDiff(x: Float32Array, dy: Float32Array, outputs: number): Float32Array {
  const rows = dy.length / outputs
  const inputs = x.length / rows
  const dw = new Float32Array(outputs * inputs)
  const [dyTurned, xTurned] = [transposed(dy, 0, rows, outputs), transposed(x, 0, rows, inputs)]
  matmul(dyTurned, 0, xTurned, outputs, inputs, rows, undefined, 0, dw, 0, inputs, 1)
  return dw
}

/** Of the same: the diff of b, the sum of the rows of dy. */
export function biasDiff(dy: Floats, outputs: number): Float32Array {
  const sums = new Float64Array(outputs)
  for (let at = 0; at < dy.length; at += outputs) {
    for (let o = 0; o < outputs; o++) sums[o]! += dy[at + o]!
  }
  return new Float32Array(sums)
}
