import type { NetOutput } from "../../src/widgets/activation-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"

/** An output's values as bars with their numbers: a table, which it stays for those who cannot see the bars. */
export function outputBars({ name, classes, indices, values, largest, total }: NetOutput): HTMLElement {
  const most = Math.max(1e-12, ...values.map(Math.abs))
  const rows = indices.map((index, i) => {
    const value = values[i]!
    const bar = h("span", { class: value < 0 ? "bar below" : "bar above" })
    bar.style.width = `${(100 * Math.abs(value)) / most}%`
    return h(
      "tr",
      { class: index === largest ? "largest" : "", "data-index": index, "data-value": value },
      h("th", { scope: "row" }, String(index)),
      h("td", { class: "track" }, bar),
      h("td", {}, format(value)),
      h("td", { class: "mark" }, index === largest ? "◀" : ""),
    )
  })
  const at = indices.indexOf(largest)
  const what = classes ? `predicted class ${largest}` : `largest at ${largest}`
  const part = indices.length < total ? `, the ${indices.length} largest of ${total}` : ""
  const caption = h("caption", {}, h("strong", {}, name), `: ${what}, ${format(values[at]!)}${part}`)
  const head = [classes ? "class" : "#", "", "value", ""].map((text) =>
    text === "" ? h("td") : h("th", { scope: "col" }, text),
  )
  return h(
    "table",
    { class: "output", "data-output": name, "data-largest": largest },
    caption,
    h("thead", {}, h("tr", {}, ...head)),
    h("tbody", {}, ...rows),
  )
}
