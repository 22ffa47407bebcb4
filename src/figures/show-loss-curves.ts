import { learnedSlopes } from "../inspect/index.js"
import type { LossCurve, LossCurves, QuotedFigure, QuotedFigures } from "../training/index.js"
import { type Html, html } from "./html.js"
import { lossFigure } from "./loss-figure.js"
import { formatCount, formatNumber, sparkline } from "./numbers.js"
import type { Shown } from "./shown.js"
import { details, notes, table } from "./table.js"

const columns = [
  { head: "run" },
  { head: "iterations", numeric: true },
  { head: "first loss", numeric: true },
  { head: "mean of the last losses", numeric: true },
  { head: "test accuracy", numeric: true },
  { head: "loss" },
]

/** Loss and accuracy curves; the runs' summaries and the quoted figures as tables. */
export function showLossCurves(curves: LossCurves): Shown {
  const parts = [
    curves.runs.length > 0 ? runsTable(curves) : undefined,
    notes("Identical", curves.remarks),
    notes("Not numbers", curves.warnings),
    curves.runs.some(({ slopes }) => slopes.length > 0) ? learnedTable(curves.runs) : undefined,
    curves.quoted && quotedTable(curves.quoted),
  ]
  return { figure: lossFigure(curves), html: html`${parts}`, text: String(curves) }
}

function runsTable({ runs, smoothing }: LossCurves): Html {
  const rows = runs.map((run) => [
    run.name,
    formatCount(run.loss.length),
    formatNumber(run.firstLoss),
    formatNumber(run.lastMean),
    run.finalAccuracy?.toFixed(4),
    html`<code style="white-space:pre">${logCurve(run)}</code>`,
  ])
  return table({
    caption: `${runs.length === 1 ? "One run" : `${runs.length} runs`}; the loss is drawn from first to last, smoothed by ${smoothing}, on a log scale`,
    columns,
    rows,
  })
}

/** The smoothed loss from first to last as block characters on a log scale. */
function logCurve({ smoothed }: LossCurve, width = 16): string {
  const losses = Array.from(
    { length: Math.min(width, smoothed.length) },
    (_, i, n = Math.min(width, smoothed.length)) => {
      return Math.log10(smoothed[Math.round((i / Math.max(1, n - 1)) * (smoothed.length - 1))]!)
    },
  )
  const least = Math.min(...losses)
  const span = Math.max(...losses) - least || 1
  return sparkline(losses.map((loss) => (loss - least) / span + 0.01))
}

/** What a large net learned, beside what was learned here: the means of each layer's slopes at the end. */
function learnedTable(runs: readonly LossCurve[]): Html {
  const here = runs.flatMap(({ name, slopes }) =>
    Object.entries(slopes.at(-1)?.slopes ?? {}).map(([layer, values]) => ({
      layer: runs.length === 1 ? layer : `${layer} of ${name}`,
      mean: values.reduce((sum, slope) => sum + slope, 0) / values.length,
    })),
  )
  const rows = Array.from({ length: Math.max(here.length, learnedSlopes.length) }, (_, i) => [
    here[i]?.layer,
    here[i] && formatNumber(here[i].mean),
    learnedSlopes[i]?.layer,
    learnedSlopes[i]?.shared,
    learnedSlopes[i]?.perChannel,
  ])
  const columns = [
    { head: "layer here" },
    { head: "mean slope", numeric: true },
    { head: "layer there" },
    { head: "shared", numeric: true },
    { head: "per channel", numeric: true },
  ]
  const caption = "Learned slopes, and those of He et al. 2015, Table 1 (14 layers, ImageNet)"
  return details("slopes beside those of He et al. 2015", table({ caption, columns, rows }))
}

function quotedTable({ title, source, figures }: QuotedFigures): Html {
  const caption = html`As quoted in “${title}”, <a href="${source}">${source}</a>`
  const heads = [
    { head: "experiment" },
    { head: "run" },
    { head: "measure" },
    { head: "value", numeric: true },
    { head: "at iteration", numeric: true },
  ]
  const rows = figures.map((figure) => [
    figure.experiment,
    figure.run,
    figure.measure,
    quotedValue(figure),
    figure.iteration && formatCount(figure.iteration),
  ])
  const remarks = figures.flatMap(({ experiment, note }) =>
    note === undefined ? [] : [`${experiment}: ${note}`],
  )
  return html`${table({ caption, columns: heads, rows })}${notes("Notes", remarks)}`
}

/** `about 80` where it was written so. */
export function quotedValue({ value, approximate }: QuotedFigure): string {
  return approximate ? `about ${value}` : String(value)
}
