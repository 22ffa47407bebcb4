import type { Comparison } from "../equivalence/index.js"
import { table } from "./table.js"

/** How many segments a terminal shows: the closest to their bounds. */
const shown = 12

/** The verdict and the three legs it rests on, each number next to its limit. */
export function comparisonText(comparison: Comparison): string {
  const { certificate, segments, endToEnd } = comparison
  if (comparison.mismatch) return `${comparison}\n`
  const worst = segments.toSorted((a, b) => b.ratio - a.ratio).slice(0, shown)
  const rows = worst.map(({ layers, difference, bound, ratio, holds }) => [
    layers.a.join(" + "),
    layers.b.join(" + "),
    number(difference),
    number(bound),
    number(ratio),
    holds ? "" : "beyond its bound",
  ])
  const { identical, proved, measured, refuted, entries } = certificate
  const wrong = entries.filter(({ status }) => status === "refuted").map(({ why }) => `  ${why}\n`)
  const outputs = endToEnd.map(({ output, difference, floor, largest }) => [
    output,
    ...[difference, floor, largest].map(number),
  ])
  return [
    `${comparison}\n`,
    `\ncertificate: ${identical} pieces identical, ${proved} proved, ${measured} only measured, ${refuted} refuted\n${wrong.join("")}`,
    `\nsegments: ${segments.length}${segments.length > shown ? `, the ${shown} closest to their bounds` : ""}\n`,
    table(["first net", "second net", "difference", "bound", "ratio", ""], rows, [2, 3, 4]),
    "\nend to end\n",
    table(["output", "difference", "rounding floor", "largest"], outputs, [1, 2, 3]),
  ].join("")
}

function number(value: number): string {
  return value === 0 ? "0" : value.toPrecision(3)
}
