import type { Curves } from "../inspect/index.js"
import { html } from "./html.js"
import { axis, colours, dashes, layout, nth, symbols } from "./plotly.js"
import type { Shown } from "./shown.js"

/** Lines that differ in colour, dash and symbol; where there are many they are one family, and are not named. */
export function showCurves({ title, axes, curves }: Curves): Shown {
  const named = curves.length <= symbols.length
  const data = curves.map(({ name, x, y }, i) => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x,
    y,
    showlegend: named && curves.length > 1,
    line: {
      color: named ? nth(colours, i) : colours[0],
      dash: named ? nth(dashes, i) : "solid",
      width: named ? 2 : 1,
    },
    marker: { symbol: named ? nth(symbols, i) : "circle", size: 6 },
  }))
  const { rows } = axes
  const words = rows && { tickvals: rows.map((_, i) => i), ticktext: rows, range: [rows.length - 0.5, -0.5] }
  return {
    figure: {
      data,
      layout: layout(
        { title, height: 240, legend: named && curves.length > 1 },
        { xaxis: axis(axes.x), yaxis: axis(axes.y, { ...words, automargin: true }) },
      ),
    },
    html: html`<p>${title}</p>`,
    text: title,
  }
}
