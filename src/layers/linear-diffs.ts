import { columnsOf, matrixProduct, rowsOf } from "./matrix-product.js"

type Floats = Float32Array | Float64Array

/**
 * Of y = W x + b over rows of x [rows, inputs], W [outputs, inputs]: the diff of x, dy W. Sums in double,
 * rounded once.
 */
export function inputDiff(weight: Float32Array, dy: Float32Array, outputs: number): Float32Array {
  return matrixProduct(rowsOf(dy, dy.length / outputs), columnsOf(weight, outputs), outputs)
}

/** Of the same: the diff of W, dy^T x. */
export function weightDiff(x: Float32Array, dy: Float32Array, outputs: number): Float32Array {
  const rows = dy.length / outputs
  return matrixProduct(columnsOf(dy, rows), columnsOf(x, rows), rows)
}

/** Of the same: the diff of b, the sum of the rows of dy. */
export function biasDiff(dy: Floats, outputs: number): Float32Array {
  const sums = new Float64Array(outputs)
  for (let at = 0; at < dy.length; at += outputs) {
    for (let o = 0; o < outputs; o++) sums[o]! += dy[at + o]!
  }
  return new Float32Array(sums)
}
