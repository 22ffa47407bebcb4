import { cellText, isNumeric } from "./cell-text.js"
import { countOf, formatCount } from "./format-number.js"
import type { Column, Table } from "./table.js"

/** Rows and columns of a table that are shown. */
export const mostRows = 100
const mostColumns = 40

export interface Records {
  /** What the whole is, without its extent. */
  readonly name: string
  /** The head of the rows' own names. */
  readonly head: string
  /** How many there are, the ones not given included. */
  readonly total: number
  /** The first of them, each with its name. */
  readonly rows: readonly (readonly [name: unknown, record: Record<string, unknown>])[]
}

/** Objects as a table: a row each, and a column for every property that one of them has. */
export function recordTable({ name, head, total, rows }: Records): Table {
  const keys = [...new Set(rows.flatMap(([, record]) => Object.keys(record)))]
  const shown = keys.slice(0, mostColumns)
  const parts = rows.map(([, record]) => shown.map((key) => partOf(record, key)))
  const columns = shown.map((key, i): Column => {
    const present = parts.map((row) => row[i]!).filter((part) => part.value !== undefined)
    return {
      head: cellText(key),
      numeric: present.length > 0 && present.every((part) => isNumeric(part.value)),
    }
  })
  const names = rows.map(([rowName]) => rowName)
  const notes = [leftOut(total - rows.length, "row"), leftOut(keys.length - shown.length, "column")]
  return {
    caption: `${name}: ${countOf(total, "row")}, ${countOf(keys.length, "column")}`,
    columns: [{ head, numeric: names.every(isNumeric) }, ...columns],
    rows: parts.map((row, i) => [cellText(names[i]), ...row.map((part) => part.text)]),
    note: notes.filter((note) => note !== undefined).join(", ") || undefined,
  }
}

/** `… 900 more rows`; nothing if there are none. */
export function leftOut(count: number, thing: string): string | undefined {
  return count > 0 ? `… ${formatCount(count)} more ${thing}${count === 1 ? "" : "s"}` : undefined
}

/** A property without running its getter; a missing one is an empty cell, undefined is said. */
function partOf(record: object, key: string): { value: unknown; text: string } {
  const property = Object.getOwnPropertyDescriptor(record, key)
  if (property === undefined) return { value: undefined, text: "" }
  if (!("value" in property)) return { value: "", text: property.get ? "[Getter]" : "[Setter]" }
  return { value: property.value, text: cellText(property.value) }
}
