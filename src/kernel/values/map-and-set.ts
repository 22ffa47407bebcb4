import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { cellText, isNumeric } from "./cell-text.js"
import { countOf } from "./format-number.js"
import { leftOut, mostRows, recordTable } from "./records.js"
import { tableBundle } from "./rows.js"
import { isPlainObject, type Specimen } from "./specimen.js"
import { tableHtml } from "./table.js"

/** A Map: a table of its keys and values, or of the values' properties where all of them are plain objects. */
export function showMap({ value }: Specimen): Mimebundle | undefined {
  if (!types.isMap(value) || value.size === 0) return undefined
  const entries = first(Map.prototype.entries.call(value))
  const records = entries.filter((entry): entry is [unknown, Record<string, unknown>] =>
    isPlainObject(entry[1]),
  )
  const name = "Map"
  if (records.length === entries.length)
    return htmlOnly(tableBundle(recordTable({ name, head: "key", total: value.size, rows: records })))
  const table = tableHtml({
    caption: `${name}: ${countOf(value.size, "row")}`,
    columns: [
      { head: "key", numeric: entries.every(([key]) => isNumeric(key)) },
      { head: "value", numeric: entries.every(([, part]) => isNumeric(part)) },
    ],
    rows: entries.map((entry) => entry.map(cellText)),
    note: leftOut(value.size - entries.length, "row"),
  })
  return { "text/html": String(table) }
}

/** A Set of plain objects: a table of them. Of other values Node's line says as much as a column would. */
export function showSet({ value }: Specimen): Mimebundle | undefined {
  if (!types.isSet(value) || value.size === 0) return undefined
  const members = first(Set.prototype.values.call(value))
  const rows = members
    .filter(isPlainObject)
    .map((member, i): [number, Record<string, unknown>] => [i, member])
  if (rows.length < members.length) return undefined
  return htmlOnly(tableBundle(recordTable({ name: "Set", head: "", total: value.size, rows })))
}

/** As text these are what Node prints: a reader copies it back into code. */
function htmlOnly(bundle: Mimebundle): Mimebundle {
  return { "text/html": bundle["text/html"] }
}

function first<T>(parts: IterableIterator<T>): T[] {
  const found: T[] = []
  for (const part of parts) {
    if (found.push(part) === mostRows) break
  }
  return found
}
