import { type LayerSlopes, learnedSlopes, type SlopeReport } from "../inspect/index.js"
import { type Html, html } from "./html.js"
import { formatNumber, histogram, roundFor, sparkline } from "./numbers.js"
import { axis, colours, ink, layout, type PlotlyFigure } from "./plotly.js"
import type { Shown } from "./shown.js"
import { details, notes, table } from "./table.js"

const columns = [
  { head: "layer" },
  { head: "slopes", numeric: true },
  { head: "min", numeric: true },
  { head: "mean", numeric: true },
  { head: "max", numeric: true },
  { head: "std", numeric: true },
  { head: "< 0", numeric: true },
  { head: "> 1", numeric: true },
  { head: "≈ 0", numeric: true },
  { head: "distribution" },
]

/** Every PReLU slope as a point, layer by layer, with a histogram beside; and the statistics as a table. */
export function showSlopes(report: SlopeReport): Shown {
  const text = String(report)
  if (report.layers.length === 0) return { html: html`<p>${text}</p>`, text }
  return { figure: figure(report, text), html: tables(report, text), text }
}

function tables({ layers }: SlopeReport, text: string): Html {
  const [from, to] = range(layers)
  const rows = layers.map((layer) => [
    layer.layer,
    layer.shared ? "1, shared" : layer.channels,
    ...[layer.min, layer.mean, layer.max, layer.std].map(formatNumber),
    layer.negative,
    layer.aboveOne,
    layer.dead,
    html`<code title="from ${formatNumber(from)} to ${formatNumber(to)}" style="white-space:pre">${sparkline(histogram(layer.slopes, 16, from, to))}</code>`,
  ])
  const warnings = layers.flatMap(({ layer, warnings }) => warnings.map((warning) => `${layer}: ${warning}`))
  const [first, last] = [learnedSlopes[0]!, learnedSlopes.at(-1)!]
  const paper = `He et al. 2015 (Table 1) learned mean slopes from ${first.perChannel} (${first.layer}) down to ${last.perChannel} (${last.layer}).`
  return html`${table({ caption: text, columns, rows })}${notes("What to know", [...warnings, paper])}${details("every slope", everySlope(layers))}`
}

function everySlope(layers: readonly LayerSlopes[]): Html {
  const rows = layers.map(({ layer, slopes }) => [
    layer,
    html`<span style="white-space:normal">${slopes.map(formatNumber).join(" ")}</span>`,
  ])
  return table({ caption: "slopes in channel order", columns: [{ head: "layer" }, { head: "slopes" }], rows })
}

interface Dot {
  readonly layer: LayerSlopes
  readonly position: number
  readonly channel: number
  readonly slope: number
}

const kinds = [
  { name: "from 0 to 1", symbol: "circle", colour: colours[0], holds: (a: number) => a >= 0 && a <= 1 },
  { name: "negative", symbol: "diamond", colour: colours[1], holds: (a: number) => a < 0 },
  { name: "above 1", symbol: "triangle-up", colour: colours[3], holds: (a: number) => a > 1 },
] as const

/** Width of a layer's strip of points where layers are 1 apart. */
const strip = 0.7

function figure({ layers }: SlopeReport, title: string): PlotlyFigure {
  const dots = layers.flatMap((layer, position) =>
    layer.slopes.map((slope, channel) => ({ layer, position, channel, slope })),
  )
  const [from, to] = range(layers)
  const bins = 30
  const counts = histogram(
    dots.map(({ slope }) => slope),
    bins,
    from,
    to,
  )
  const width = (to - from) / bins
  const shown = kinds
    .map((kind) => ({ kind, of: dots.filter(({ slope }) => kind.holds(slope)) }))
    .filter(({ of }) => of.length > 0)
  return {
    data: [
      ...shown.map(({ kind, of }) => points(kind, of)),
      {
        type: "scatter",
        mode: "lines",
        name: "mean of the layer",
        // One stroke a layer: null lifts the pen.
        x: layers.flatMap((_, position) => [position - strip / 2, position + strip / 2, null]),
        y: layers.flatMap(({ mean }) => [roundFor(mean), roundFor(mean), null]),
        text: layers.flatMap(({ layer, mean }) => Array(3).fill(`${layer}: mean ${formatNumber(mean)}`)),
        hoverinfo: "text",
        line: { width: 2, color: ink },
      },
      {
        type: "bar",
        orientation: "h",
        x: counts,
        y: counts.map((_, bin) => roundFor(from + (bin + 0.5) * width)),
        width: counts.map(() => roundFor(width * 0.9)),
        text: counts.map(
          (n, bin) =>
            `${n} from ${formatNumber(from + bin * width)} to ${formatNumber(from + (bin + 1) * width)}`,
        ),
        textposition: "none",
        hoverinfo: "text",
        marker: { color: ink, opacity: 0.6 },
        xaxis: "x2",
        showlegend: false,
      },
    ],
    layout: layout(
      { title, height: 300, legend: true },
      {
        xaxis: axis("", {
          domain: [0, 0.84],
          tickvals: layers.map((_, position) => position),
          ticktext: layers.map(({ layer }) => layer),
          range: [-0.5, layers.length - 0.5],
          showgrid: false,
          zeroline: false,
        }),
        xaxis2: axis("channels", { domain: [0.86, 1], nticks: 3, showgrid: false }),
        yaxis: axis("slope", { zeroline: true, zerolinecolor: ink, range: [from - width, to + width] }),
        bargap: 0,
      },
    ),
  }
}

function points({ name, symbol, colour }: (typeof kinds)[number], of: readonly Dot[]): object {
  return {
    type: "scatter",
    mode: "markers",
    name: `${name} (${of.length})`,
    x: of.map(({ layer, position, channel }) =>
      roundFor(position + strip * ((channel + 0.5) / layer.slopes.length - 0.5)),
    ),
    y: of.map(({ slope }) => roundFor(slope)),
    text: of.map(
      ({ layer, channel, slope }) =>
        `${layer.layer} ${layer.shared ? "(shared)" : `channel ${channel}`}: ${formatNumber(slope)}`,
    ),
    hoverinfo: "text",
    marker: { symbol, color: colour, size: 7, opacity: 0.85 },
  }
}

/** From the least to the largest finite slope of all layers, never empty, 0 included. */
function range(layers: readonly LayerSlopes[]): [number, number] {
  const from = Math.min(0, ...layers.map(({ min }) => min).filter(Number.isFinite))
  const to = Math.max(from + 0.1, ...layers.map(({ max }) => max).filter(Number.isFinite))
  return [from, to]
}
