import type { Diagnosis, Finding } from "../diagnosis/index.js"
import { html } from "./html.js"
import { formatCount, formatCountOf, formatNumber } from "./numbers.js"
import type { Shown } from "./shown.js"
import { type Cell, notes, table } from "./table.js"

const columns = [
  { head: "layer" },
  { head: "into" },
  { head: "what went wrong", prose: true },
  { head: "evidence", prose: true },
  { head: "parameters", numeric: true },
  { head: "moves its blob by", numeric: true },
  { head: "and the output by", numeric: true },
  { head: "what to do", prose: true },
]

/** Everything that went wrong in a rewrite, layer by layer. */
export function showDiagnosis(diagnosis: Diagnosis): Shown {
  const text = String(diagnosis)
  const { equivalent, why, findings, bugs, outputs } = diagnosis
  const verdict = html`<p><strong>${equivalent ? "✓ Nothing went wrong" : "✗ Not equivalent"}</strong>: ${why}.</p>`
  if (findings.length === 0) return { html: verdict, text }
  const counts = bugs.map(({ bug, findings }) => `${bug}: ${formatCount(findings.length)}`).join(", ")
  const caption = `${formatCountOf(findings.length, "finding")}; ${counts}. The last columns say what one finding alone does to the original net`
  const moved = outputs.map(
    ({ output, difference, floor, largest }) =>
      `${output} is off by ${formatNumber(difference)} of ${formatNumber(largest)}; rounding alone makes ${formatNumber(floor)}`,
  )
  const rows = findings.map(row)
  return { html: html`${verdict}${table({ caption, columns, rows })}${notes("All together", moved)}`, text }
}

function row({ layer, into, bug, explanation, evidence, fix, parameters, effect }: Finding): Cell[] {
  return [
    layer,
    into,
    html`<strong>${bug}</strong>: ${explanation}`,
    evidence,
    formatCount(parameters),
    effect && `${formatNumber(effect.here.difference)} of ${formatNumber(effect.here.largest)}`,
    effect &&
      `${effect.output.blob}: ${formatNumber(effect.output.difference)} of ${formatNumber(effect.output.largest)}`,
    fix,
  ]
}
