import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { type Maps, statisticsOf, valuesOf } from "./maps.js"

/** Every map in numbers; filled while it is open. */
export function mapTable() {
  const table = h("table", {})
  const element = h("details", {}, h("summary", {}, "every map in numbers"), table)
  let maps: Maps | undefined

  function fill(): void {
    if (!element.open || !maps) return
    const { view, first, values } = maps
    const area = view.height * view.width
    const columns = area === 1 ? ["unit", "value"] : ["map", "min", "mean", "max"]
    const rows = Array.from({ length: values.length / area }, (_, i) => {
      const own = valuesOf(maps!, first + i)
      const { min, mean, max } = statisticsOf(own)
      const cells = area === 1 ? [own[0]!] : [min, mean, max]
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, String(first + i)),
        ...cells.map((x) => h("td", {}, format(x))),
      )
    })
    const head = columns.map((text) => h("th", { scope: "col" }, text))
    table.replaceChildren(
      h("caption", {}, `${view.layer}, ${view.top}`),
      h("thead", {}, h("tr", {}, ...head)),
      h("tbody", {}, ...rows),
    )
  }

  element.addEventListener("toggle", fill)
  return {
    element,
    update(next: Maps) {
      maps = next
      fill()
    },
  }
}
