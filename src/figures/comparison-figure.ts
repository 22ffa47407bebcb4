import type { Comparison, OutputDifference, Segment } from "../equivalence/index.js"
import { escapeHtml } from "./html.js"
import { formatNumber, roundFor } from "./numbers.js"
import { type Panel, stack } from "./panels.js"
import { axis, colours, ink, layout, type PlotlyFigure } from "./plotly.js"
import { namesOf, placeText } from "./segment-words.js"

/** The log axis has no zero: exact agreement is drawn this many times below the least ratio shown. */
const exactFactor = 10

/** Rows of the heat map: a net with more channels has several in one, of which the largest ratio is shown. */
const mostRows = 48

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
 * Every segment's difference as a part of its bound: above, where that ratio is largest; below, channel by channel. The last column
 * stands for the nets end to end, where the yardstick is the rounding floor.
 */
export function comparisonFigure({ segments, endToEnd }: Comparison, title: string): PlotlyFigure {
  const names = [...segments.map(({ layers }) => escapeHtml(layers.a.at(-1) ?? "")), ...endToEnd.map(endName)]
  const x = axis("", {
    tickvals: names.map((_, i) => i),
    ticktext: names,
    tickangle: names.length > 8 ? -60 : 0,
    showgrid: false,
    zeroline: false,
    range: [-0.5, names.length - 0.5],
  })
  const { data, axes, height } = stack([
    { ...ratios(segments, endToEnd), x: { ...x, showticklabels: false } },
    { ...heatMap(segments, endToEnd), x },
  ])
  return { data, layout: layout({ title, height, legend: true }, axes) }
}

function endName({ output }: OutputDifference): string {
  return `end to end: ${escapeHtml(output)}`
}

/** The difference of an output over what rounding alone makes; 0 where it is exact. */
function floorRatio({ difference, floor }: OutputDifference): number {
  return difference === 0 ? 0 : difference / floor
}

/** A ratio, because difference and bound belong to one place: the one where it is largest. */
function ratios(segments: readonly Segment[], ends: readonly OutputDifference[]): Omit<Panel, "x"> {
  const all = [...segments.map(({ ratio }) => ratio), ...ends.map(floorRatio)]
  const positive = all.filter((ratio) => ratio > 0 && Number.isFinite(ratio))
  const exact = Math.min(0.01, ...positive) / exactFactor
  const most = Math.max(1, ...positive) * exactFactor
  const drawn = (ratio: number) => roundFor(ratio === 0 ? exact : Math.min(ratio, most))
  const limit = {
    type: "scatter",
    mode: "lines",
    name: "bound",
    x: [-0.5, segments.length - 0.5],
    y: [1, 1],
    hoverinfo: "skip",
    line: { color: ink, width: 2, dash: "dash" },
  }
  const points = kinds.flatMap(({ name, symbol, colour, holds }) => {
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
  })
  const end = {
    type: "scatter",
    mode: "markers",
    name: "end to end, over the rounding floor",
    x: ends.map((_, i) => segments.length + i),
    y: ends.map((each) => drawn(floorRatio(each))),
    text: ends.map(hoverEnd),
    hoverinfo: "text",
    marker: { symbol: "diamond", size: 10, color: colours[3] },
  }
  return {
    data: [limit, ...points, ...(ends.length > 0 ? [end] : [])],
    height: 230,
    y: axis("difference / bound", {
      type: "log",
      exponentformat: "power",
      dtick: Math.ceil(Math.log10(most / exact) / 8),
    }),
  }
}

/** Decades of the ratio that colours tell apart; what lies below is drawn as the least. */
const decades = [-6, 1] as const

/** Segments across, channels down, colour the logarithm of difference / bound; beyond the bound is one colour of its own. */
function heatMap(segments: readonly Segment[], ends: readonly OutputDifference[]): Omit<Panel, "x"> {
  const most = Math.max(1, ...segments.map(({ channels }) => channels.length))
  const rows = Math.min(mostRows, most)
  const per = most / rows
  const columns = [
    ...segments.map(({ channels }) => binned(channels, rows, per)),
    ...ends.map((each) => new Array<number>(rows).fill(floorRatio(each))),
  ]
  const [least, largest] = decades
  const level = (ratio: number | undefined) =>
    ratio === undefined ? null : Math.round(Math.max(least, Math.min(largest, Math.log10(ratio))) * 100) / 100
  const ticks = Array.from({ length: -least + 1 }, (_, i) => least + i)
  return {
    data: [
      {
        type: "heatmap",
        z: Array.from({ length: rows }, (_, row) => columns.map((column) => level(column[row]))),
        x: columns.map((_, i) => i),
        y: Array.from({ length: rows }, (_, row) => Math.floor(row * per)),
        zmin: least,
        zmax: largest,
        colorscale: scale(least, largest),
        hovertemplate: "%{x}, channel %{y}: 10^%{z}<extra></extra>",
        colorbar: {
          tickvals: ticks,
          ticktext: ticks.map((power) =>
            power === 0 ? "1" : `${power === least ? "≤ " : ""}10<sup>${power}</sup>`,
          ),
          thickness: 12,
          len: 0.5,
          y: 0,
          yanchor: "bottom",
        },
      },
    ],
    height: Math.max(60, Math.min(260, rows * 12)),
    y: axis("channel", { autorange: "reversed", showgrid: false, zeroline: false }),
  }
}

/** The largest ratio of every bin of channels; undefined past the last. */
function binned(channels: readonly number[], rows: number, per: number): (number | undefined)[] {
  return Array.from({ length: rows }, (_, row) => {
    const bin = channels.slice(
      Math.floor(row * per),
      Math.max(Math.floor((row + 1) * per), Math.floor(row * per) + 1),
    )
    return bin.length > 0 ? Math.max(...bin) : undefined
  })
}

/** From faint to full blue up to the bound, red from there: the step at ratio 1 is the verdict. */
function scale(least: number, largest: number): [number, string][] {
  const bound = -least / (largest - least)
  return [
    [0, "rgba(58, 134, 200, 0.08)"],
    [bound, "rgba(58, 134, 200, 1)"],
    [bound, colours[4]],
    [1, colours[4]],
  ]
}

function hover(segment: Segment): string {
  const { worst, ratio } = segment
  const numbers = worst
    ? `difference ${formatNumber(worst.difference)}, bound ${formatNumber(worst.bound)}, ratio ${formatNumber(ratio)}<br>at ${escapeHtml(placeText(worst))}`
    : "exactly equal"
  return `${escapeHtml(namesOf(segment))}<br>${numbers}`
}

function hoverEnd(each: OutputDifference): string {
  return `${escapeHtml(each.output)}<br>difference ${formatNumber(each.difference)}, rounding floor ${formatNumber(each.floor)}`
}
