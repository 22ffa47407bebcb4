import type { PlaygroundState } from "../../src/widgets/playground-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import type { Change, Model } from "./model.js"

type NumberName = {
  [K in keyof PlaygroundState]: PlaygroundState[K] extends number ? K : never
}[keyof PlaygroundState]

/** A control, and how it shows the state as it is now. */
export interface Control {
  readonly element: HTMLElement
  show(): void
}

/** Makes controls: a number of the state as slider and box, the slider for a feel of it, the box for any value. */
export function controlsOf(model: Model, id: string, change: Change) {
  /** @param log the slider moves over powers of ten, and `step` is of the exponent */
  return (name: NumberName, label: string, min: number, max: number, step: number, log = false): Control => {
    const to = log ? exponent : Number
    const box = h("input", { id: id + name, type: "number", step: log ? "any" : step })
    const slider = h("input", {
      type: "range",
      min: to(min),
      max: to(max),
      step,
      "aria-label": `${label}, slider`,
    })
    const take = (value: number) => {
      if (Number.isFinite(value) && (!log || value >= 0)) change(name, value)
    }
    slider.addEventListener("input", () => {
      const value = Number(slider.value)
      take(log ? Number((10 ** value).toPrecision(4)) : value)
    })
    box.addEventListener("input", () => {
      if (box.value !== "") take(Number(box.value))
    })
    return {
      element: h("div", { class: "control" }, h("label", { for: box.id }, label), slider, box),
      show() {
        const value = model.get(name)
        slider.value = String(to(Math.max(value, log ? min : value)))
        slider.setAttribute("aria-valuetext", format(value))
        if (document.activeElement !== box)
          box.value = log ? format(value) : String(Number(value.toPrecision(6)))
      },
    }
  }
}

/** Math.log10(1000) is a little less than 3. */
function exponent(x: number): number {
  return Math.round(Math.log10(x) * 1e9) / 1e9
}
