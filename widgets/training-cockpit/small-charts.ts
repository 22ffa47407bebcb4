import type { CockpitLayer } from "../../src/widgets/cockpit-state.js"
import { h, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import type { Run } from "./curves.js"
import { linePlot, swatch } from "./line-plot.js"

/** The accuracy of each run's tests. */
export function accuracyChart() {
  const plot = linePlot(130)
  const chart = h("div", { class: "chart", role: "img" }, plot.svg)
  return {
    element: h("figure", {}, h("figcaption", {}, "test accuracy"), chart),
    draw: plot.draw,
    update(runs: readonly { readonly run: Run; readonly style: number }[]) {
      plot.update({
        lines: runs.flatMap(({ run, style }) => [
          { style, kind: "line", points: run.accuracy },
          { style, kind: "dots", points: run.accuracy },
        ]),
        end: Math.max(1, ...runs.map(({ run }) => run.iteration)),
        empty: "no test yet",
      })
      const parts = runs.flatMap(({ run }) => {
        const last = run.accuracy.at(-1)
        return last ? [`${run.name} ${percent(last[1])} after ${last[0]} iterations`] : []
      })
      setAll(chart, { "aria-label": `Test accuracy: ${parts.join("; ") || "no test yet"}` })
    },
  }
}

export const percent = (part: number) => `${(100 * part).toFixed(2)} %`

/** The slopes of each PReLU layer: their mean as a line, and the range that they lie in. */
export function slopeChart(layers: readonly CockpitLayer[]) {
  const plot = linePlot(130)
  const chart = h("div", { class: "chart", role: "img" }, plot.svg)
  const legend = h("div", { class: "legend" })
  const element = h("figure", {}, h("figcaption", {}, "slopes: mean and range of each layer"), chart, legend)
  element.hidden = layers.length === 0
  return {
    element,
    draw: plot.draw,
    update({ slopes, iteration, name }: Run) {
      plot.update({
        lines: slopes.flatMap((points, style) => [
          { style, kind: "band", points: points.map(({ to, least, largest }) => [to, least, largest]) },
          { style, kind: "line", points: points.map(({ to, value }) => [to, value]) },
        ]),
        end: Math.max(1, iteration),
        empty: "no slopes yet",
      })
      const parts = layers.map((layer, i) => {
        const last = slopes[i]?.at(-1)
        if (!last) return layer.name
        if (layer.channels === 1) return `${layer.name} ${format(last.value)}`
        return `${layer.name} mean ${format(last.value)}, from ${format(last.least)} to ${format(last.largest)}`
      })
      setAll(chart, { "aria-label": `Slopes of ${name}: ${parts.join("; ")}` })
      legend.replaceChildren(...parts.map((text, i) => h("span", {}, swatch(i), ` ${text}`)))
    },
  }
}
