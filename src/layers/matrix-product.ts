import { matmul } from "./matmul.js"
import { BLOCK, BLOCK_BYTES, ROW } from "./simd/blocks.js"
import { COLUMNS, PIECE } from "./simd/product-kernels.js"
import { LONG } from "./simd/threads.js"
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

/** Rows of A whose products with one group of B's columns are one turn. */
function rowsAtOnce(k: number): number {
  return BLOCK * Math.max(16, Math.floor(LONG / (BLOCK * COLUMNS * Math.max(1, k))))
}

/**
 * C[m, n] = sum over k of A[m, k] B[n, k] + bias[n], each sum in double from the first product to the last and
 * rounded once. On all threads, which share the rows of B, for some rows of A after the others.
 */
export function matrixProduct(a: Rows, b: Rows, k: number, bias?: Float32Array): Float32Array {
  const together = Math.min(a.rows, rowsAtOnce(k))
  const panels = Math.ceil(together / BLOCK)
  const length = a.rows * b.rows
  const perThread = PIECE * ROW + panels * BLOCK_BYTES * (COLUMNS / BLOCK)
  const shop = workshopFor(
    4 * (a.data.length + b.data.length + length) + panels * k * ROW + 16 * perThread + 64 * k,
  )
  if (shop === undefined) return plainProduct(a, b, k, bias)
  const packed = shop.room(panels * k * ROW)
  const from = shop.floats(a.data)
  const ofRows = { stride: 0, offsets: shop.steps(k, 4 * a.step), k, piece: PIECE, packed }
  const c = shop.room(4 * length)
  const ofColumns = {
    b: shop.floats(b.data),
    stride: 0,
    columns: shop.steps(b.rows, 4 * b.rowStep),
    n: b.rows,
    offsets: shop.steps(k, 4 * b.step),
    k,
    a: packed,
    aStride: 0,
    group: 1,
    bias: bias ? shop.floats(bias) : shop.zeros(4),
    biasGroup: 0,
    biasRow: 0,
    biasColumn: bias ? 4 : 0,
    cStride: 0,
    cRow: 4 * b.rows,
  }
  for (let row = 0; row < a.rows; row += together) {
    const m = Math.min(together, a.rows - row)
    const rows = shop.steps(m, 4 * a.rowStep)
    const some = { ...ofRows, rows, a: from + 4 * row * a.rowStep, panels: Math.ceil(m / BLOCK) }
    shop.run("pack", 1, some, { work: 0 })
    const products = { ...ofColumns, m, c: c + 4 * row * b.rows }
    const work = m * b.rows * k
    shop.run("product", Math.ceil(b.rows / COLUMNS), products, { scratchBytes: perThread, work })
  }
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
