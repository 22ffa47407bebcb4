import type { CertificateEntry, Comparison, OutputDifference } from "../equivalence/index.js"
import { comparisonFigure } from "./comparison-figure.js"
import { type Html, html } from "./html.js"
import { formatCount, formatCountOf, formatNumber } from "./numbers.js"
import { namesOf, placeText } from "./segment-words.js"
import type { Shown } from "./shown.js"
import { details, notes, table } from "./table.js"

/** The verdict on two nets: each segment's difference next to its bound, and the three legs as tables. */
export function showComparison(comparison: Comparison): Shown {
  const text = String(comparison)
  const body = [
    verdict(comparison),
    segmentTable(comparison),
    endTable(comparison.endToEnd),
    certificateTable(comparison),
  ]
  return {
    ...(comparison.segments.length > 0 ? { figure: comparisonFigure(comparison, text) } : {}),
    html: html`${body}`,
    text,
  }
}

function verdict({ equivalent, ran, engineWhy, why, probes }: Comparison): Html {
  return html`<p><strong>${equivalent ? "✓ Equivalent" : "✗ Not equivalent"}</strong> on ${ran}: ${why}. Probes: ${probes.join(", ")}.${engineWhy ? ` ${engineWhy}.` : undefined}</p>`
}

function segmentTable({ segments }: Comparison): Html | undefined {
  if (segments.length === 0) return undefined
  const broken = segments.filter(({ holds }) => !holds).length
  const summary = broken === 0 ? "each within its rounding bound" : `${broken} beyond the rounding bound`
  const caption = `${formatCountOf(segments.length, "segment")}, ${summary}; both nets are fed the same bottoms; ratio is difference / bound where it is largest`
  const columns = [
    { head: "layers" },
    { head: "certificate" },
    { head: "verdict" },
    { head: "ratio", numeric: true },
    { head: "difference", numeric: true },
    { head: "bound", numeric: true },
    { head: "at" },
    { head: "largest difference", numeric: true },
  ]
  const rows = segments.map((segment) => [
    namesOf(segment),
    segment.status,
    segment.holds ? (segment.worst ? "within" : "equal") : html`<strong>beyond</strong>`,
    formatNumber(segment.ratio),
    segment.worst && formatNumber(segment.worst.difference),
    segment.worst && formatNumber(segment.worst.bound),
    segment.worst && placeText(segment.worst),
    formatNumber(segment.difference),
  ])
  return table({ caption, columns, rows })
}

function endTable(outputs: readonly OutputDifference[]): Html | undefined {
  if (outputs.length === 0) return undefined
  const columns = [
    { head: "output" },
    { head: "difference", numeric: true },
    { head: "rounding floor", numeric: true },
    { head: "largest value", numeric: true },
  ]
  const rows = outputs.map(({ output, difference, floor, largest }) => [
    output,
    ...[difference, floor, largest].map(formatNumber),
  ])
  const caption =
    "End to end: the outputs' difference beside the one that rounding alone makes in the first net"
  return table({ caption, columns, rows })
}

function certificateTable({
  certificate: { identical, proved, measured, refuted, entries },
}: Comparison): Html | undefined {
  if (entries.length === 0) return undefined
  const columns = [
    { head: "layers" },
    { head: "status" },
    { head: "parameters", numeric: true },
    { head: "roundings", numeric: true },
    { head: "why", prose: true },
  ]
  const rows = entries.map((entry) => [
    namesOf(entry),
    entry.status === "refuted" ? html`<strong>refuted</strong>` : entry.status,
    formatCount(entry.parameters),
    formatNumber(entry.roundings),
    entry.why,
  ])
  const counts = `${identical} identical, ${proved} proved, ${measured} measured, ${refuted} refuted`
  return html`${details(`certificate: ${counts}`, table({ caption: counts, columns, rows }))}${notes("Conditions that fail", failed(entries))}`
}

function failed(entries: readonly CertificateEntry[]): string[] {
  return entries.flatMap((entry) =>
    entry.conditions.filter(({ holds }) => !holds).map(({ condition }) => `${namesOf(entry)}: ${condition}`),
  )
}
