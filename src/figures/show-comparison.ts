import type { CertificateEntry, Comparison, OutputDifference, Place, Segment } from "../equivalence/index.js"
import { escapeHtml, type Html, html } from "./html.js"
import { formatCount, formatNumber, roundFor } from "./numbers.js"
import { axis, colours, ink, layout, type PlotlyFigure } from "./plotly.js"
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
    ...(comparison.segments.length > 0 ? { figure: figure(comparison, text) } : {}),
    html: html`${body}`,
    text,
  }
}

function verdict({ equivalent, engine, backend, why, probes }: Comparison): Html {
  return html`<p><strong>${equivalent ? "✓ Equivalent" : "✗ Not equivalent"}</strong> on ${engine} (${backend}): ${why}. Probes: ${probes.join(", ")}.</p>`
}

function segmentTable({ segments }: Comparison): Html | undefined {
  if (segments.length === 0) return undefined
  const broken = segments.filter(({ holds }) => !holds).length
  const summary = broken === 0 ? "each within its rounding bound" : `${broken} beyond the rounding bound`
  const caption = `${formatCount(segments.length)} segments, ${summary}; both nets are fed the same bottoms; ratio is difference / bound where it is largest`
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
    names(segment),
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

function placeText({ blob, at, probe }: Place): string {
  return `${blob} [${at.join(", ")}], probe ${probe}`
}

/** `conv1, conv1/bn = conv1` where the nets differ, the layers' names where they do not. */
function names({ layers: { a, b } }: Pick<Segment, "layers">): string {
  const [left, right] = [a.join(", "), b.join(", ")]
  return left === right ? left : `${left} = ${right}`
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
    names(entry),
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
    entry.conditions.filter(({ holds }) => !holds).map(({ condition }) => `${names(entry)}: ${condition}`),
  )
}

/** The log axis has no zero: exact agreement is drawn this many times below the least ratio shown. */
const exactFactor = 10

/** How a kind of segment is drawn; told apart by symbol as well as by colour. */
const kinds = [
  {
    name: "within",
    symbol: "circle",
    colour: colours[0],
    holds: (segment: Segment) => segment.holds && segment.ratio > 0,
  },
  {
    name: "exactly equal",
    symbol: "circle-open",
    colour: colours[0],
    holds: (segment: Segment) => segment.ratio === 0,
  },
  { name: "beyond", symbol: "x", colour: colours[4], holds: (segment: Segment) => !segment.holds },
] as const

/**
 * Every segment's difference as a part of its bound. A ratio, because both belong to one place: the one where
 * it is largest.
 */
function figure({ segments }: Comparison, title: string): PlotlyFigure {
  const ratios = segments.map(({ ratio }) => ratio).filter((ratio) => ratio > 0 && Number.isFinite(ratio))
  const exact = Math.min(0.01, ...ratios) / exactFactor
  const most = Math.max(1, ...ratios) * exactFactor
  const drawn = (ratio: number) => roundFor(ratio === 0 ? exact : Math.min(ratio, most))
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "bound",
        x: [-0.5, segments.length - 0.5],
        y: [1, 1],
        hoverinfo: "skip",
        line: { color: ink, width: 2, dash: "dash" },
      },
      ...kinds.flatMap(({ name, symbol, colour, holds }) => {
        const of = segments.flatMap((segment, x) => (holds(segment) ? [{ segment, x }] : []))
        if (of.length === 0) return []
        return [
          {
            type: "scatter",
            mode: "markers",
            name: `${name} (${of.length})`,
            x: of.map(({ x }) => x),
            y: of.map(({ segment }) => drawn(segment.ratio)),
            text: of.map(({ segment }) => hover(segment)),
            hoverinfo: "text",
            marker: { symbol, size: 10, color: colour },
          },
        ]
      }),
    ],
    layout: layout(
      { title, height: 280, legend: true },
      {
        xaxis: axis("", {
          tickvals: segments.map((_, x) => x),
          ticktext: segments.map(({ layers }) => escapeHtml(layers.a.at(-1) ?? "")),
          tickangle: segments.length > 8 ? -60 : 0,
          showgrid: false,
          zeroline: false,
          range: [-0.5, segments.length - 0.5],
        }),
        yaxis: axis("difference / bound", { type: "log", exponentformat: "power", nticks: 8 }),
      },
    ),
  }
}

function hover(segment: Segment): string {
  const { worst, ratio } = segment
  const numbers = worst
    ? `difference ${formatNumber(worst.difference)}, bound ${formatNumber(worst.bound)}, ratio ${formatNumber(ratio)}<br>at ${escapeHtml(placeText(worst))}`
    : "exactly equal"
  return `${escapeHtml(names(segment))}<br>${numbers}`
}
