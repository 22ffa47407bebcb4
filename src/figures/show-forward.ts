import type { Forward } from "../engines/index.js"
import { type Blob, formatShape } from "../net/index.js"
import { type Html, html } from "./html.js"
import { formatCount, formatNumber } from "./numbers.js"
import type { Shown } from "./shown.js"
import { details, notes, table } from "./table.js"

const columns = [
  { head: "blob" },
  { head: "shape" },
  { head: "min", numeric: true },
  { head: "mean", numeric: true },
  { head: "max", numeric: true },
  { head: "first values" },
]

/** The output blobs of a pass in numbers, what ran it, and on request every layer's tops. */
export function showForward(forward: Forward): Shown {
  const text = String(forward)
  const outputs = Object.entries(forward.outputs)
  const rows = outputs.map(([name, blob]) => [name, ...summary(blob)])
  const ran = html`Forward on <strong>${forward.engine}</strong> (${forward.backend}${forward.detail ? `, ${forward.detail}` : undefined})`
  const largest = outputs.flatMap(([name, blob]) => largestOf(name, blob))
  return {
    html: html`${table({ caption: ran, columns, rows })}${forward.why ? html`<p>${forward.why}</p>` : undefined}${notes("Largest value", largest)}${tops(forward)}`,
    text,
  }
}

function tops({ tops }: Forward): Html | undefined {
  if (tops.length === 0) return undefined
  const rows = tops.map(({ index, layer, type, top, blob }) => [
    `${index} ${layer}`,
    type,
    top,
    ...summary(blob),
  ])
  const [blob, ...rest] = columns
  const all = [{ head: "layer" }, { head: "type" }, blob!, ...rest]
  return details(
    `all ${formatCount(tops.length)} tops`,
    table({ caption: "every top right after its layer", columns: all, rows }),
  )
}

function summary({ shape, data }: Blob): string[] {
  let [min, max, sum, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const value of data) {
    if (!Number.isFinite(value)) broken++
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
  }
  const first = Array.from(data.subarray(0, 6), formatNumber).join(" ")
  const values = `${first}${data.length > 6 ? " …" : ""}${broken > 0 ? ` (${formatCount(broken)} not finite)` : ""}`
  return [formatShape(shape), formatNumber(min), formatNumber(sum / data.length), formatNumber(max), values]
}

/** For [N, C] blobs, as a classifier gives: where each row is largest. */
function largestOf(name: string, { shape, data }: Blob, rows = 10): string[] {
  const [n, channels] = shape
  if (shape.length !== 2 || n === undefined || channels === undefined || channels < 2) return []
  const shown = Array.from({ length: Math.min(n, rows) }, (_, row) => {
    const values = data.subarray(row * channels, (row + 1) * channels)
    const at = values.reduce((best, value, i) => (value > values[best]! ? i : best), 0)
    return `${at} (${formatNumber(values[at]!)})`
  })
  return [`${name}: ${n === 1 ? "index" : "indices by row"} ${shown.join(", ")}${n > rows ? ", …" : ""}`]
}
