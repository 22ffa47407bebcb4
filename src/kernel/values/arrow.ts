import type { Mimebundle } from "../dict.js"
import { cellText, isNumeric } from "./cell-text.js"
import { countOf } from "./format-number.js"
import { leftOut, mostRows } from "./records.js"
import type { Specimen } from "./specimen.js"
import type { Column } from "./table.js"
import { tableBundle } from "./table.js"

interface Field {
  readonly name: string
  readonly type: unknown
}

interface Vector {
  readonly type: unknown
  readonly length: number
  get(index: number): unknown
}

/** Columns of a table that are shown. */
const mostColumns = 40

/** Apache Arrow's tables, record batches and vectors: names, types, first rows. */
export function showArrow(specimen: Specimen): Mimebundle | undefined {
  const fields = fieldsOf(specimen)
  if (fields) {
    const rowCount = Number(specimen.get("numRows"))
    const vectors = fields.slice(0, mostColumns).map((_, i) => specimen.call("getChildAt", i) as Vector)
    const caption = `${specimen.className ?? "Table"}: ${countOf(rowCount, "row")}, ${countOf(fields.length, "column")}`
    return arrowTable(caption, fields, vectors, rowCount)
  }
  const { value } = specimen
  if (!isVector(specimen)) return undefined
  const vector = value as unknown as Vector
  const caption = `${specimen.className ?? "Vector"}: ${countOf(vector.length, "value")}`
  return arrowTable(caption, [{ name: "value", type: vector.type }], [vector], vector.length)
}

function fieldsOf(specimen: Specimen): Field[] | undefined {
  if (!specimen.has("getChildAt") || typeof specimen.get("numRows") !== "number") return undefined
  const schema = specimen.get("schema")
  if (schema === null || typeof schema !== "object" || !("fields" in schema)) return undefined
  return Array.isArray(schema.fields) ? schema.fields : undefined
}

function isVector(specimen: Specimen): boolean {
  if (!specimen.has("get") || !specimen.has("getChildAt") || !specimen.has("toArray")) return false
  const type = specimen.get("type")
  return (
    type !== null &&
    typeof type === "object" &&
    "typeId" in type &&
    typeof specimen.get("length") === "number"
  )
}

function arrowTable(caption: string, fields: Field[], vectors: Vector[], total: number): Mimebundle {
  const shown = Math.min(total, mostRows)
  const values = vectors.map((vector) => Array.from({ length: shown }, (_, row) => vector.get(row)))
  const columns = vectors.map((vector, i): Column => {
    const present = values[i]!.filter((value) => value !== null && value !== undefined)
    const numeric = present.length > 0 && present.every(isNumeric) && !isTime(vector.type)
    return { head: cellText(fields[i]!.name), type: cellText(String(fields[i]!.type)), numeric }
  })
  const notes = [leftOut(total - shown, "row"), leftOut(fields.length - vectors.length, "column")]
  return tableBundle({
    caption,
    columns: [{ head: "", numeric: true }, ...columns],
    rows: Array.from({ length: shown }, (_, row) => [
      String(row),
      ...vectors.map((vector, i) => arrowText(values[i]![row], vector.type)),
    ]),
    note: notes.filter((note) => note !== undefined).join(", ") || undefined,
  })
}

/** Dates and moments come as milliseconds; lists and structs are objects that can say what they hold. */
function arrowText(value: unknown, type: unknown): string {
  if (typeof value === "number" && isTime(type))
    return new Date(value).toISOString().replace("T00:00:00.000Z", "")
  if (value !== null && typeof value === "object" && !ArrayBuffer.isView(value) && !(value instanceof Date))
    return cellText(String(value))
  // The column says its type: no n.
  return typeof value === "bigint" ? String(value) : cellText(value)
}

function isTime(type: unknown): boolean {
  return /^(Date|Timestamp)/.test(String(type))
}
