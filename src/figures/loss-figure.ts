import type { LossCurve, LossCurves } from "../training/index.js"
import { formatNumber, roundFor } from "./numbers.js"
import { type Panel, stack } from "./panels.js"
import { axis, colours, dashes, layout, nth, type PlotlyFigure, symbols } from "./plotly.js"
import { quotedPanels } from "./quoted-panel.js"
import { sample } from "./sampling.js"
import { slopePanel } from "./slope-panel.js"

/** Points of a raw and of a smoothed line, at most. */
const rawPoints = 800
const smoothPoints = 400

/**
 * Panels from top to bottom: loss on a log axis with the raw line behind, test accuracy, slopes of a single
 * run, quoted figures.
 */
export function lossFigure(curves: LossCurves): PlotlyFigure {
  const { runs, quoted } = curves
  const panels = [
    ...(runs.length > 0 ? [lossPanel(curves)] : []),
    ...(runs.some(({ accuracy }) => accuracy.length > 0) ? [accuracyPanel(runs)] : []),
    ...(runs.length === 1 && runs[0]!.slopes.some(({ slopes }) => Object.keys(slopes).length > 0)
      ? [slopePanel(runs[0]!, iterations([runs[0]!]))]
      : []),
    ...(quoted ? quotedPanels(quoted) : []),
  ]
  const { data, axes, height } = stack(panels)
  return {
    data,
    layout: layout({ title: title(curves), height, legend: runs.length > 0 }, axes),
  }
}

function title(curves: LossCurves): string {
  if (curves.runs.length === 0)
    return `Figures quoted in “${curves.quoted?.title}” (${curves.quoted?.source})`
  const ends = curves.runs.map(({ name, lastMean, finalAccuracy }) => {
    return `${name} ${formatNumber(lastMean)}${finalAccuracy === undefined ? "" : ` (${finalAccuracy.toFixed(4)})`}`
  })
  const measured = curves.runs.some(({ finalAccuracy }) => finalAccuracy !== undefined)
    ? " (test accuracy)"
    : ""
  return [`Mean of the last losses${measured}: ${ends.join(", ")}`, ...curves.remarks].join(". ")
}

/** How the n-th run is drawn: told apart by dash and symbol as well as by colour. */
function styleOf(n: number): { colour: string; dash: string; symbol: string } {
  return { colour: nth(colours, n), dash: nth(dashes, n), symbol: nth(symbols, n) }
}

function lossPanel({ runs, smoothing }: LossCurves): Panel {
  // Many raw lines on top of each other would hide the smoothed ones.
  const opacity = runs.length > 2 ? 0.12 : 0.3
  const raw = runs.map((run, n) =>
    line(
      sample(run.loss, rawPoints),
      { ...styleOf(n), dash: "solid" },
      {
        name: `${run.name} (raw)`,
        legendgroup: run.name,
        showlegend: false,
        opacity,
        hoverinfo: "skip",
      },
    ),
  )
  const smoothed = runs.map((run, n) => {
    const points = run.loss.map(({ iteration }, i) => ({ iteration, value: run.smoothed[i]! }))
    return line(sample(points, smoothPoints), styleOf(n), { name: run.name, legendgroup: run.name })
  })
  return {
    data: [...raw, ...smoothed],
    height: 300,
    x: iterations(runs),
    y: axis(`loss${smoothing > 0 ? ` (smoothed ${smoothing})` : ""}`, {
      type: "log",
      ...lossRange(runs),
      dtick: 1,
      minor: { dtick: "D1", showgrid: true, gridcolor: "rgba(128, 128, 128, 0.1)" },
    }),
  }
}

function line(
  points: ReturnType<typeof sample>,
  style: { colour: string; dash: string },
  rest: object,
): object {
  return {
    type: "scatter",
    mode: "lines",
    x: points.map(({ iteration }) => iteration),
    y: points.map(({ value }) => (Number.isFinite(value) ? roundFor(value) : null)),
    line: { color: style.colour, dash: style.dash, width: 1.8 },
    ...rest,
  }
}

function accuracyPanel(runs: readonly LossCurve[]): Panel {
  const data = runs.flatMap((run, n) => {
    if (run.accuracy.length === 0) return []
    const { colour, dash, symbol } = styleOf(n)
    return [
      {
        type: "scatter",
        mode: "lines+markers",
        name: run.name,
        legendgroup: run.name,
        showlegend: false,
        x: run.accuracy.map(({ iteration }) => iteration),
        y: run.accuracy.map(({ value }) => roundFor(value)),
        line: { color: colour, dash, width: 1.5 },
        marker: { color: colour, symbol, size: 8 },
      },
    ]
  })
  return { data, height: 190, x: iterations(runs), y: axis("test accuracy", { tickformat: ".3~f" }) }
}

/** One axis for all panels over time, so that what happened together stands together. */
function iterations(runs: readonly LossCurve[]): object {
  const last = Math.max(
    ...runs
      .flatMap(({ loss, accuracy }) => [...loss.slice(-1), ...accuracy.slice(-1)])
      .map(({ iteration }) => iteration),
  )
  return axis("iteration", { range: [-0.01 * last, 1.015 * last || 1] })
}

/**
 * Exponents of 10 around the smoothed losses: single batches may lie outside, and dragging the axis shows
 * them.
 */
function lossRange(runs: readonly LossCurve[]): { range?: [number, number] } {
  const losses = runs.flatMap(({ smoothed }) => smoothed).filter((loss) => Number.isFinite(loss) && loss > 0)
  if (losses.length === 0) return {}
  const [least, largest] = losses.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)] as const, [
    losses[0]!,
    losses[0]!,
  ] as const)
  return { range: [Math.log10(least) - 0.5, Math.log10(largest) + 0.15] }
}
