import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { type Run, smoothed } from "./curves.js"
import { swatch } from "./line-plot.js"
import { percent } from "./small-charts.js"

/** Every run with its colour and dashes and what it has reached; each can be hidden. */
export function runList(id: string, toggle: (name: string, isShown: boolean) => void) {
  const body = h("tbody")
  const head = ["run", "iterations", "loss, smoothed", "accuracy"].map((text) =>
    h("th", { scope: "col" }, text),
  )
  const element = h("table", { class: "runs" }, h("thead", {}, h("tr", {}, ...head)), body)
  const boxes = new Map<string, { box: HTMLInputElement; row: HTMLElement; cells: HTMLElement[] }>()
  return {
    element,
    update(runs: readonly Run[], hidden: readonly string[], smoothing: number) {
      // Rows stay where they are: one may have the focus while the runs grow.
      runs.forEach((run, style) => {
        const known = boxes.get(run.name) ?? make(run.name, style)
        known.box.checked = !hidden.includes(run.name)
        const loss = smoothed(run.loss, smoothing).at(-1)
        const accuracy = run.accuracy.at(-1)
        const texts = [
          run.iteration.toLocaleString("en-US"),
          loss === undefined ? "–" : format(loss),
          accuracy ? percent(accuracy[1]) : "–",
        ]
        known.cells.forEach((cell, i) => {
          cell.textContent = texts[i]!
        })
      })
      for (const [name, { row }] of boxes) {
        if (runs.some((run) => run.name === name)) continue
        row.remove()
        boxes.delete(name)
      }
    },
  }

  function make(name: string, style: number) {
    const box = h("input", { type: "checkbox", id: `${id}-show-${style}` })
    const cells = [h("td"), h("td"), h("td")]
    const label = h("label", { for: box.id }, box, " ", swatch(style), ` ${name}`)
    const row = h("tr", {}, h("th", { scope: "row" }, label), ...cells)
    box.addEventListener("change", () => toggle(name, box.checked))
    body.append(row)
    const made = { box, row, cells }
    boxes.set(name, made)
    return made
  }
}
