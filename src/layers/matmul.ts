type Floats = Float32Array | Float64Array

/**
 * C[m, n] = sum over k of A[m, k] B[n, k] + bias[m], both operands row by row, added up in double and rounded once when
 * `c` is a Float32Array. Blocks of 2 x 4 results share their loads: six loads for eight products, which keeps V8's
 * registers full (about 2.5 times a plain loop).
 *
 * Each result goes to `c[offset + m * strideM + n * strideN]`.
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
