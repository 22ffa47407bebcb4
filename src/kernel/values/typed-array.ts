import { types } from "node:util"
import type { Mimebundle } from "../dict.js"
import { formatCount } from "./format-number.js"
import { listTable } from "./matrix.js"
import { plainText } from "./plain-text.js"
import type { Specimen } from "./specimen.js"
import { captionOf, type Numbers } from "./statistics.js"
import { tableBundle } from "./table.js"

/** A typed array: how many values, their range and mean, and the first of them. One line of text is shown as it is. */
export function showTypedArray({ value }: Specimen): Mimebundle | undefined {
  if (!types.isTypedArray(value) || Buffer.isBuffer(value)) return undefined
  const text = plainText(value)
  if (!text.includes("\n")) return { "text/plain": text }
  const values = value as Numbers
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1)
  return tableBundle(listTable(captionOf(`${kind} of ${formatCount(values.length)}`, values), values))
}
