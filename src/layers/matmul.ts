import { checkStopNowAndThen } from "../stop.js"
import { BLOCK, makeSimdBlocks, type SimdBlocks } from "./simd-blocks.js"

type Floats = Float32Array | Float64Array

/** Undefined until it is asked for the first time, or for good where there are no vectors. */
let simd: SimdBlocks | "unknown" | undefined = "unknown"

/** Doubles of A that are packed at a time: they stay in the second cache while B passes by. */
const PACKED = 2 ** 15

/**
 * C[m, n] = sum over k of A[m, k] B[n, k] + bias[m], both operands row by row, added up in double from the
 * first product to the last and rounded once when `c` is a Float32Array. Each result goes to `c[offset + m *
 * strideM + n * strideN]`.
 *
 * Two doubles at a time where the processor can and it pays: operands are copied into panels, in the order in
 * which blocks of 4 x 4 results read them. The results are those of `scalarMatmul`, bit for bit.
 */
export function matmul(
  a: Floats,
  aOffset: number,
  b: Floats,
  m: number,
  n: number,
  k: number,
  bias: Floats | undefined,
  biasOffset: number,
  c: Floats,
  offset: number,
  strideM: number,
  strideN: number,
): void {
  if (simd === "unknown") simd = makeSimdBlocks()
  if (simd === undefined || m < BLOCK || n < BLOCK || k < BLOCK) {
    checkStopNowAndThen(m * n * k)
    scalarMatmul(a, aOffset, b, m, n, k, bias, biasOffset, c, offset, strideM, strideN)
    return
  }
  const together = Math.max(BLOCK, Math.floor(PACKED / k / BLOCK) * BLOCK)
  const most = Math.min(together, Math.ceil(m / BLOCK) * BLOCK)
  const [atB, atC] = [most * k, most * k + BLOCK * k]
  const memory = simd.memory(atC + most * BLOCK)
  for (let i = 0; i < m; i += together) {
    const rows = Math.min(together, m - i)
    for (let row = 0; row < rows; row += BLOCK)
      pack(a, aOffset + (i + row) * k, Math.min(BLOCK, rows - row), k, memory, row * k)
    for (let j = 0; j < n; j += BLOCK) {
      checkStopNowAndThen(rows * BLOCK * k)
      const columns = Math.min(BLOCK, n - j)
      pack(b, j * k, columns, k, memory, atB)
      simd.run(0, atB, atC, k, Math.ceil(rows / BLOCK))
      for (let row = 0; row < rows; row++) {
        const add = bias ? bias[biasOffset + i + row]! : 0
        const to = offset + (i + row) * strideM + j * strideN
        const from = atC + row * BLOCK
        c[to] = memory[from]! + add
        if (columns > 1) c[to + strideN] = memory[from + 1]! + add
        if (columns > 2) c[to + 2 * strideN] = memory[from + 2]! + add
        if (columns > 3) c[to + 3 * strideN] = memory[from + 3]! + add
      }
    }
  }
}

/**
 * Up to four rows as one panel; what the last rows lack is whatever stands there, as nobody reads those
 * results.
 */
function pack(from: Floats, offset: number, rows: number, k: number, to: Float64Array, start: number): void {
  if (rows === BLOCK) {
    const [second, third, fourth] = [offset + k, offset + 2 * k, offset + 3 * k]
    for (let p = 0, at = start; p < k; p++, at += BLOCK) {
      to[at] = from[offset + p]!
      to[at + 1] = from[second + p]!
      to[at + 2] = from[third + p]!
      to[at + 3] = from[fourth + p]!
    }
    return
  }
  for (let row = 0; row < rows; row++) {
    for (let p = 0; p < k; p++) to[start + p * BLOCK + row] = from[offset + row * k + p]!
  }
}

/**
 * The same in plain JavaScript. Blocks of 2 x 4 results share their loads: six loads for eight products,
 * which keeps V8's registers full (about 2.5 times a plain loop).
 */
export function scalarMatmul(
  a: Floats,
  aOffset: number,
  b: Floats,
  m: number,
  n: number,
  k: number,
  bias: Floats | undefined,
  biasOffset: number,
  c: Floats,
  offset: number,
  strideM: number,
  strideN: number,
): void {
  let i = 0
  for (; i + 1 < m; i += 2) {
    const a0 = aOffset + i * k
    const a1 = a0 + k
    const bias0 = bias ? bias[biasOffset + i]! : 0
    const bias1 = bias ? bias[biasOffset + i + 1]! : 0
    const c0 = offset + i * strideM
    const c1 = c0 + strideM
    let j = 0
    for (; j + 3 < n; j += 4) {
      const b0 = j * k
      const b1 = b0 + k
      const b2 = b1 + k
      const b3 = b2 + k
      let s00 = 0
      let s01 = 0
      let s02 = 0
      let s03 = 0
      let s10 = 0
      let s11 = 0
      let s12 = 0
      let s13 = 0
      for (let p = 0; p < k; p++) {
        const x0 = a[a0 + p]!
        const x1 = a[a1 + p]!
        const y0 = b[b0 + p]!
        const y1 = b[b1 + p]!
        const y2 = b[b2 + p]!
        const y3 = b[b3 + p]!
        s00 += x0 * y0
        s01 += x0 * y1
        s02 += x0 * y2
        s03 += x0 * y3
        s10 += x1 * y0
        s11 += x1 * y1
        s12 += x1 * y2
        s13 += x1 * y3
      }
      const d = j * strideN
      c[c0 + d] = s00 + bias0
      c[c0 + d + strideN] = s01 + bias0
      c[c0 + d + 2 * strideN] = s02 + bias0
      c[c0 + d + 3 * strideN] = s03 + bias0
      c[c1 + d] = s10 + bias1
      c[c1 + d + strideN] = s11 + bias1
      c[c1 + d + 2 * strideN] = s12 + bias1
      c[c1 + d + 3 * strideN] = s13 + bias1
    }
    for (; j < n; j++) {
      c[c0 + j * strideN] = dot(a, a0, b, j * k, k) + bias0
      c[c1 + j * strideN] = dot(a, a1, b, j * k, k) + bias1
    }
  }
  for (; i < m; i++) {
    const bias0 = bias ? bias[biasOffset + i]! : 0
    for (let j = 0; j < n; j++) {
      c[offset + i * strideM + j * strideN] = dot(a, aOffset + i * k, b, j * k, k) + bias0
    }
  }
}

function dot(a: Floats, aOffset: number, b: Floats, bOffset: number, k: number): number {
  let sum = 0
  for (let p = 0; p < k; p++) sum += a[aOffset + p]! * b[bOffset + p]!
  return sum
}

/** A matrix [rows, columns] that starts at `offset`, as [columns, rows]. */
export function transposed<F extends Floats>(matrix: F, offset: number, rows: number, columns: number): F {
  const turned = matrix.slice(0, rows * columns) as F
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++)
      turned[column * rows + row] = matrix[offset + row * columns + column]!
  }
  return turned
}
