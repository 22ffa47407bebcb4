import { plainText } from "./plain-text.js"

/** Characters of one value in a table. */
const longestCell = 200

/** A value inside a table: text as it is, numbers as they print, whatever is nested in a line. */
export function cellText(value: unknown): string {
  return shorten(typeof value === "string" ? value : wordOf(value))
}

function wordOf(value: unknown): string {
  return plainText(value, {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 10,
    maxStringLength: 100,
  })
}

function shorten(text: string): string {
  if (text.length <= longestCell) return text
  // Never half of a character.
  const end = /[\ud800-\udbff]/.test(text[longestCell - 2]!) ? longestCell - 2 : longestCell - 1
  return `${text.slice(0, end)}…`
}

export function isNumeric(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint"
}
