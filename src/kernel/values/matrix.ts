import { formatCount, formatNumber } from "./format-number.js"
import { leftOut } from "./records.js"
import type { Table } from "./table.js"

/** Values of one row of a list that is broken into rows, and rows of it. */
const listWidth = 10
const listRows = 10

/** Rows and columns of a matrix that are shown. */
const mostAcross = 12

type Elements = ArrayLike<unknown>

/** Values one after the other, ten in a row; the head and the row's name add up to an index. */
export function listTable(caption: string, values: Elements): Table {
  const width = Math.min(values.length, listWidth)
  const height = Math.min(Math.ceil(values.length / width), listRows)
  return {
    caption,
    columns: numbered(width),
    rows: Array.from({ length: height }, (_, row) => [
      String(row * width),
      ...Array.from({ length: width }, (_, i) => textOf(values, row * width + i)),
    ]),
    note: leftOut(values.length - width * height, "value"),
  }
}

/** The corner of the first matrix of an array with two axes or more. */
export function matrixTable(caption: string, shape: readonly number[], values: Elements): Table {
  const [rows, columns] = shape.slice(-2) as [number, number]
  const [height, width] = [Math.min(rows, mostAcross), Math.min(columns, mostAcross)]
  const matrices = values.length / (rows * columns)
  const corner =
    height < rows || width < columns ? `first ${height} × ${width} of ${rows} × ${columns}` : undefined
  const notes = [corner, matrices > 1 ? `first of ${formatCount(matrices)} matrices` : undefined]
  return {
    caption,
    columns: numbered(width),
    rows: Array.from({ length: height }, (_, row) => [
      String(row),
      ...Array.from({ length: width }, (_, i) => textOf(values, row * columns + i)),
    ]),
    note: notes.filter((note) => note !== undefined).join(", ") || undefined,
  }
}

function numbered(width: number): Table["columns"] {
  const heads = ["", ...Array.from({ length: width }, (_, i) => String(i))]
  return heads.map((head) => ({ head, numeric: true }))
}

function textOf(values: Elements, index: number): string {
  if (index >= values.length) return ""
  const value = values[index]
  return typeof value === "number" || typeof value === "bigint" ? formatNumber(value) : String(value)
}
