import type { FoldMistake, FoldSiteState } from "../../src/widgets/fold-stepper-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import type { Wish } from "./model.js"

const mistakes: readonly (readonly [FoldMistake, string, string])[] = [
  ["factor ignored", "forgets to divide by n", "n is 1"],
  ["own bias lost", "loses the layer's bias b", "b is 0"],
  ["beta lost", "loses β", "β is 0"],
]

const values: readonly (readonly [string, number | null])[] = [
  ["the layer's own", null],
  ["1e-3, Keras", 1e-3],
  ["1e-5, Caffe", 1e-5],
  ["2.2e-16, machine", 2 ** -52],
  ["none", 0],
]

/** What the folding script does wrong: its eps, and the classical mistakes where they would change something. */
export function scriptSwitches(id: string, wish: Wish) {
  let chosen: readonly FoldMistake[] = []
  const eps = h("input", { id: `${id}-eps`, type: "number", step: "any", min: 0 })
  const presets = h(
    "select",
    { "aria-label": "values of eps with a name" },
    ...values.map(([name], i) => h("option", { value: i }, name)),
    h("option", { value: "", hidden: true }, "another"),
  )
  eps.addEventListener("input", () => {
    const value = Number(eps.value)
    if (eps.value !== "" && Number.isFinite(value) && value >= 0) wish({ eps: value })
  })
  presets.addEventListener("change", () => wish({ eps: values[Number(presets.value)]![1] }))
  const boxes = mistakes.map(([name, words, why]) => {
    const box = h("input", { type: "checkbox" })
    box.addEventListener("change", () =>
      wish({ mistakes: box.checked ? [...chosen, name] : chosen.filter((each) => each !== name) }),
    )
    const reason = h("span", {}, ` (${why})`)
    return { name, box, reason, label: h("label", {}, box, ` ${words}`, reason) }
  })
  return {
    element: h(
      "fieldset",
      { class: "row" },
      h("legend", {}, "the folding script"),
      h("label", { for: eps.id }, "takes ε"),
      eps,
      presets,
      ...boxes.map(({ label }) => label),
    ),
    show(site: FoldSiteState, own: number | null, made: readonly FoldMistake[]) {
      chosen = made
      if (document.activeElement !== eps) eps.value = format(own ?? site.eps)
      const at = values.findIndex(([, value]) => value === own)
      presets.value = at < 0 ? "" : String(at)
      for (const { name, box, reason } of boxes) {
        box.disabled = !site.mistakes.includes(name)
        reason.hidden = !box.disabled
        box.checked = made.includes(name) && !box.disabled
      }
    },
  }
}
