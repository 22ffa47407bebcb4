import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { mostRows, recordTable } from "./records.js"
import { isPlainObject, type Specimen } from "./specimen.js"
import { tableBundle } from "./table.js"

/** Arrays of plain objects, such as JSON and CSV readers give: a table. */
export function showRows({ value }: Specimen): Mimebundle | undefined {
  if (types.isProxy(value) || !Array.isArray(value) || value.length === 0) return undefined
  const rows: [number, Record<string, unknown>][] = []
  for (let i = 0; i < Math.min(value.length, mostRows); i++) {
    const row: unknown = Object.getOwnPropertyDescriptor(value, i)?.value
    if (!isPlainObject(row)) return undefined
    rows.push([i, row])
  }
  if (rows.every(([, row]) => Object.keys(row).length === 0)) return undefined
  return tableBundle(recordTable({ name: "Array", head: "", total: value.length, rows }))
}
