import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { cellText, isNumeric } from "./cell-text.js"
import { first } from "./first.js"
import { countOf } from "./format-number.js"
import { leftOut, mostRows, recordTable } from "./records.js"
import { isPlainObject, type Specimen } from "./specimen.js"
import { type Table, tableHtml } from "./table.js"

// As text both are what Node prints, which a reader copies back into code.

/** A Map: a table of its keys and values, or of the values' properties where all of them are plain objects. */
export function showMap({ value }: Specimen): Mimebundle | undefined {
  if (!types.isMap(value) || value.size === 0) return undefined
  const entries = first(Map.prototype.entries.call(value), mostRows)
  const rows = entries.filter((entry): entry is Row => isPlainObject(entry[1]))
  const table =
    rows.length === entries.length
      ? recordTable({ name: "Map", head: "key", total: value.size, rows })
      : entryTable(entries, value.size)
  return { "text/html": String(tableHtml(table)) }
}

/** A Set of plain objects: a table of them. Of other values Node's line says as much as a column would. */
export function showSet({ value }: Specimen): Mimebundle | undefined {
  if (!types.isSet(value) || value.size === 0) return undefined
  const members = first(Set.prototype.values.call(value), mostRows)
  const rows = members.filter(isPlainObject).map((member, i): Row => [i, member])
  if (rows.length < members.length) return undefined
  const table = recordTable({ name: "Set", head: "", total: value.size, rows })
  return { "text/html": String(tableHtml(table)) }
}

type Row = [name: unknown, record: Record<string, unknown>]

function entryTable(entries: readonly [unknown, unknown][], total: number): Table {
  return {
    caption: `Map: ${countOf(total, "row")}`,
    columns: [
      { head: "key", numeric: entries.every(([key]) => isNumeric(key)) },
      { head: "value", numeric: entries.every(([, part]) => isNumeric(part)) },
    ],
    rows: entries.map((entry) => entry.map(cellText)),
    note: leftOut(total - entries.length, "row"),
  }
}
