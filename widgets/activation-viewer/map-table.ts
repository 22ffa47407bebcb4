import { h } from "../shared/dom.js"
import { liveTable } from "../shared/live-table.js"
import { table } from "../shared/table.js"
import { type Maps, statisticsOf, valuesOf } from "./maps.js"

/** Every map in numbers. */
export function mapTable() {
  const { element, update } = liveTable("every map in numbers")
  return { element, update: (maps: Maps) => update(() => numbersOf(maps)) }
}

function numbersOf(maps: Maps): HTMLTableElement {
  const { view, first, values } = maps
  const area = view.height * view.width
  const rows = Array.from({ length: values.length / area }, (_, i) => {
    const own = valuesOf(maps, first + i)
    const { min, mean, max } = statisticsOf(own)
    return [first + i, ...(area === 1 ? [own[0]!] : [min, mean, max])]
  })
  const made = table(area === 1 ? ["unit", "value"] : ["map", "min", "mean", "max"], rows)
  made.prepend(h("caption", {}, `${view.layer}, ${view.top}`))
  return made
}
