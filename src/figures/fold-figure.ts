import type { FoldReport, FoldRule } from "../transforms/index.js"
import { escapeHtml } from "./html.js"
import { formatNumber, roundFor } from "./numbers.js"
import { axis, colours, layout, type PlotlyFigure } from "./plotly.js"

/** Points are drawn one by one up to this many; beyond, boxes say enough. */
const mostPoints = 2000

/**
 * What every folded channel was multiplied by, layer by layer: |alpha| = |g| / sqrt(variance + eps). A channel far above the others had hardly any
 * variance: there eps decides, and there merge scripts go wrong.
 *
 * @returns undefined where no layer took factors in
 */
export function foldFigure(report: FoldReport, title: string): PlotlyFigure | undefined {
  const folds = report.rules.flatMap(({ gains, inputGains, layer }) => {
    const alphas = [...(gains ?? []), ...(inputGains ?? [])].filter((gain) => gain !== 0)
    return alphas.length > 0 ? [{ name: layer.name, alphas }] : []
  })
  if (folds.length === 0) return undefined
  const sizes = folds.map(({ alphas }) => alphas.map(Math.abs).sort((a, b) => a - b))
  const at = (part: number) =>
    sizes.map((sorted) => roundFor(sorted[Math.round(part * (sorted.length - 1))]!))
  const boxes = {
    type: "box",
    name: "least, quartiles, largest",
    x: folds.map((_, i) => i),
    lowerfence: at(0),
    q1: at(0.25),
    median: at(0.5),
    q3: at(0.75),
    upperfence: at(1),
    line: { color: colours[0], width: 1 },
    fillcolor: "rgba(58, 134, 200, 0.2)",
    hoverinfo: "skip",
  }
  const total = sizes.reduce((n, { length }) => n + length, 0)
  const points = [
    { name: "positive", symbol: "circle", colour: colours[0], holds: (alpha: number) => alpha > 0 },
    { name: "negative", symbol: "x", colour: colours[4], holds: (alpha: number) => alpha < 0 },
  ].flatMap(({ name, symbol, colour, holds }) => {
    const all = folds.flatMap((fold, i) => fold.alphas.map((alpha, channel) => ({ fold, i, alpha, channel })))
    const of = all.filter(({ alpha }) => holds(alpha))
    if (of.length === 0 || total > mostPoints) return []
    // Side by side within the layer's column, in the channels' order.
    const spread = (channel: number, channels: number) => ((channel + 0.5) / channels - 0.5) * 0.7
    return [
      {
        type: "scatter",
        mode: "markers",
        name,
        x: of.map(({ i, channel, fold }) => i + roundFor(spread(channel, fold.alphas.length))),
        y: of.map(({ alpha }) => roundFor(Math.abs(alpha))),
        text: of.map(
          ({ fold, channel, alpha }) =>
            `${escapeHtml(fold.name)}, channel ${channel}: ${formatNumber(alpha)}`,
        ),
        hoverinfo: "text",
        marker: { symbol, size: 6, color: colour },
      },
    ]
  })
  return {
    data: [boxes, ...points],
    layout: layout(
      { title, height: 260, legend: true },
      {
        xaxis: axis("", {
          tickvals: folds.map((_, i) => i),
          ticktext: folds.map(({ name }) => escapeHtml(folds.length > 8 ? ending(name) : name)),
          tickangle: folds.length > 8 ? -60 : 0,
          showgrid: false,
          zeroline: false,
        }),
        yaxis: axis("|alpha|", { type: "log", exponentformat: "power", nticks: 6 }),
      },
    ),
  }
}

/** Where there are many layers, the end of a name tells them apart. */
function ending(name: string): string {
  return name.length > 16 ? `…${name.slice(-15)}` : name
}

/** `conv1 → conv1/bn → conv1/scale` before, `conv1` after. */
export function chains(rule: FoldRule): [before: string, after: string] {
  const names = (layers: readonly { readonly name: string }[]) => layers.map(({ name }) => name).join(" → ")
  return [names(rule.from), names(rule.layers ?? [rule.layer])]
}
