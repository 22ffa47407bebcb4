import { preluAt, preluSlopesAt } from "../../src/widgets/playground-maths.js"
import { button, h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { controlsOf } from "./control.js"
import type { Change, LessonView, Model } from "./model.js"
import { preluPlot } from "./prelu-plot.js"
import { caseOf, specialSlopes } from "./special-slopes.js"

/** y = max(x, 0) + a min(x, 0): the slope, a point to move, the derivatives, and the cases that have names. */
export function preluLesson(model: Model, id: string, change: Change): LessonView {
  const control = controlsOf(model, id, change)
  const slope = control("slope", "slope a", -1.5, 2, 0.01)
  const input = control("x", "input x", -3, 3, 0.05)
  const plot = preluPlot(id, (x) => change("x", x))
  const presets = specialSlopes.map(({ name, slope: a }) =>
    button(`${name} ${format(a)}`, () => change("slope", a)),
  )
  const formula = h("p")
  const meaning = h("p", { class: "meaning" })
  const gradients = h("p")
  const everyPoint = h("div")
  const element = h(
    "div",
    { class: "columns" },
    plot.element,
    h(
      "div",
      {},
      slope.element,
      h("div", { class: "row presets", role: "group", "aria-label": "slopes with a name" }, ...presets),
      meaning,
      input.element,
      formula,
      gradients,
      h("details", {}, h("summary", {}, "the plot as a table"), everyPoint),
    ),
  )

  function show(): void {
    const [a, x] = [model.get("slope"), model.get("x")]
    const y = preluAt(x, a)
    slope.show()
    input.show()
    plot.update({ slope: a, x })
    presets.forEach(
      (preset, i) => void preset.setAttribute("aria-pressed", String(specialSlopes[i]!.slope === a)),
    )
    const special = caseOf(a)
    meaning.replaceChildren(h("strong", {}, special.name), `: ${special.meaning}`)
    const below = Math.min(x, 0)
    formula.replaceChildren(
      "y = max(x, 0) + a·min(x, 0)",
      h("br"),
      `= ${format(Math.max(x, 0))} + ${format(a)}·${below < 0 ? `(${format(below)})` : 0} = `,
      h("strong", { "data-y": y }, format(y)),
    )
    const { byX, bySlope } = preluSlopesAt(x, a)
    gradients.textContent = `Training asks for derivatives: dy/dx = ${format(byX)} here, and dy/da = min(x, 0) = ${format(bySlope)}. Only inputs below 0 teach the slope.`
    everyPoint.replaceChildren(
      table(
        ["x", "y", "dy/dx", "dy/da"],
        [-3, -2, -1, 0, 1, 2, 3].map((at) => {
          const slopes = preluSlopesAt(at, a)
          return [String(at), preluAt(at, a), slopes.byX, slopes.bySlope]
        }),
      ),
    )
  }

  const describe = () => {
    const [a, x] = [model.get("slope"), model.get("x")]
    return `slope ${format(a)}, ${caseOf(a).name}; x ${format(x)}, y ${format(preluAt(x, a))}`
  }
  return { element, show, describe }
}
