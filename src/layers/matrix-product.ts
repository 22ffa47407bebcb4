import { matmul } from "./matmul.js"
import { BLOCK, BLOCK_BYTES, ROW } from "./simd/blocks.js"
import { COLUMNS, PIECE } from "./simd/product-kernels.js"
import { workshopFor } from "./simd/workshop.js"

/** Rows of floats, wherever they lie: how far it is from one row to the next, and from one value to the next. */
export interface Rows {
  readonly data: Float32Array
  readonly rows: number
  readonly rowStep: number
  readonly step: number
}

/** A matrix whose rows lie one after the other. */
export function rowsOf(data: Float32Array, rows: number): Rows {
  return { data, rows, rowStep: data.length / rows, step: 1 }
}

/** The columns of the same. */
export function columnsOf(data: Float32Array, rows: number): Rows {
  return { data, rows: data.length / rows, rowStep: 1, step: data.length / rows }
}

/**
 * C[m, n] = sum over k of A[m, k] B[n, k] + bias[n], each sum in double from the first product to the last and
 * rounded once. On all threads, which share the rows of B.
 */
export function matrixProduct(a: Rows, b: Rows, k: number, bias?: Float32Array): Float32Array {
  const panels = Math.ceil(a.rows / BLOCK)
  const length = a.rows * b.rows
  const perThread = PIECE * ROW + panels * BLOCK_BYTES * (COLUMNS / BLOCK)
  const shop = workshopFor(
    4 * (a.data.length + b.data.length + length) + panels * k * ROW + 16 * perThread + 64 * k,
  )
  if (shop === undefined) return plainProduct(a, b, k, bias)
  const packed = shop.room(panels * k * ROW)
  shop.run(
    "pack",
    1,
    {
      a: shop.floats(a.data),
      stride: 0,
      rows: shop.steps(a.rows, 4 * a.rowStep),
      panels,
      offsets: shop.steps(k, 4 * a.step),
      k,
      piece: PIECE,
      packed,
    },
    { work: 0 },
  )
  const c = shop.room(4 * length)
  shop.run(
    "product",
    Math.ceil(b.rows / COLUMNS),
    {
      b: shop.floats(b.data),
      stride: 0,
      columns: shop.steps(b.rows, 4 * b.rowStep),
      n: b.rows,
      offsets: shop.steps(k, 4 * b.step),
      k,
      a: packed,
      aStride: 0,
      group: 1,
      m: a.rows,
      bias: bias ? shop.floats(bias) : shop.zeros(4),
      biasGroup: 0,
      biasRow: 0,
      biasColumn: bias ? 4 : 0,
      c,
      cStride: 0,
      cRow: 4 * b.rows,
    },
    { scratchBytes: perThread, work: length * k },
  )
  return shop.takeFloats(c, length)
}

function plainProduct(a: Rows, b: Rows, k: number, bias: Float32Array | undefined): Float32Array {
  const c = new Float32Array(a.rows * b.rows)
  matmul(inOrder(b, k), 0, inOrder(a, k), b.rows, a.rows, k, bias, 0, c, 0, 1, b.rows)
  return c
}

function inOrder({ data, rows, rowStep, step }: Rows, k: number): Float32Array {
  if (step === 1) return data
  const ordered = new Float32Array(rows * k)
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < k; i++) ordered[row * k + i] = data[row * rowStep + i * step]!
  }
  return ordered
}
