import type { QuotedFigure, QuotedFigures } from "../training/index.js"
import { escapeHtml } from "./html.js"
import type { Panel } from "./panels.js"
import { axis, colours, grid, ink } from "./plotly.js"

/** Height of a row in pixels. */
const row = 21

type Row = { readonly heading: string } | { readonly figure: QuotedFigure }

/** Quoted figures as points, a panel for each measure: an experiment's name, and below it its runs. */
export function quotedPanels({ figures }: QuotedFigures): Panel[] {
  const measures = [...new Set(figures.map(({ measure }) => measure))]
  return measures.map((measure) =>
    quotedPanel(
      measure,
      figures.filter((figure) => figure.measure === measure),
    ),
  )
}

function quotedPanel(measure: QuotedFigure["measure"], figures: readonly QuotedFigure[]): Panel {
  const rows = rowsOf(figures)
  const points = rows.flatMap((entry, y) => ("figure" in entry ? [{ y, figure: entry.figure }] : []))
  const headings = rows.flatMap((entry, y) => ("heading" in entry ? [{ y, heading: entry.heading }] : []))
  return {
    data: [
      {
        type: "scatter",
        mode: "markers+text",
        name: `quoted ${measure}`,
        showlegend: false,
        x: points.map(({ figure }) => figure.value),
        y: points.map(({ y }) => y),
        text: points.map(({ figure }) => `${figure.approximate ? "about " : ""}${figure.value}`),
        textposition: "middle right",
        cliponaxis: false,
        hovertext: points.map(({ figure }) => hover(figure)),
        hoverinfo: "text",
        marker: {
          size: 9,
          color: points.map(({ figure }) => (isPRelu(figure) ? colours[1] : colours[0])),
          // An open mark for what was said only roughly.
          symbol: points.map(
            ({ figure }) => `${isPRelu(figure) ? "diamond" : "circle"}${figure.approximate ? "-open" : ""}`,
          ),
        },
      },
    ],
    height: row * rows.length,
    x: axis(`${measure}, as quoted (○ ReLU, ◇ PReLU; open: about)`, scaleOf(measure, figures)),
    y: axis("", {
      tickvals: points.map(({ y }) => y),
      ticktext: points.map(({ figure }) => escapeHtml(figure.run)),
      range: [rows.length - 0.5, -0.5],
      gridcolor: grid,
      zeroline: false,
    }),
    annotations: headings.map(({ y, heading }) => ({
      x: 0,
      y,
      xanchor: "left",
      showarrow: false,
      text: `<b>${escapeHtml(heading)}</b>`,
      font: { color: ink, size: 12 },
    })),
  }
}

/** 1, 2, 5, 10, 20, … written out: plotly labels the parts of a decade with one digit. */
const decades = [-3, -2, -1, 0, 1, 2, 3].flatMap((power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power}`)),
)

/** First losses span decades, accuracies do not. Room is left on the right for the value beside its point. */
function scaleOf(
  measure: QuotedFigure["measure"],
  figures: readonly QuotedFigure[],
): Record<string, unknown> {
  const log = measure === "first loss"
  const places = figures.map(({ value }) => (log ? Math.log10(value) : value))
  const [least, largest] = [Math.min(...places), Math.max(...places)]
  const span = largest - least || 1
  return {
    range: [least - 0.08 * span, largest + 0.15 * span],
    ...(log ? { type: "log", tickvals: decades } : { nticks: 8 }),
  }
}

function hover({ experiment, run, note }: QuotedFigure): string {
  return [`${experiment}, ${run}`, ...(note === undefined ? [] : [note])].map(escapeHtml).join("<br>")
}

function rowsOf(figures: readonly QuotedFigure[]): Row[] {
  const experiments = [...new Set(figures.map(({ experiment }) => experiment))]
  return experiments.flatMap((experiment) => [
    { heading: experiment },
    ...figures.filter((figure) => figure.experiment === experiment).map((figure) => ({ figure })),
  ])
}

function isPRelu({ run }: QuotedFigure): boolean {
  return run.startsWith("PReLU")
}
