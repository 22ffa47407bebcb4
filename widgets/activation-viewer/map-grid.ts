import { h, setAll } from "../shared/dom.js"
import { walk } from "../shared/walk.js"
import { type Palette, paint } from "./colours.js"
import { describeMap, largestSize, type Maps, statisticsOf, valuesOf } from "./maps.js"

export interface GridState extends Maps {
  readonly map: number
  readonly shared: boolean
  readonly palette: Palette
}

/** Every map as a small picture, or every unit as a bar; arrow keys walk over them. */
export function mapGrid(id: string, select: (map: number) => void) {
  const element = h("div", { class: "grid", role: "listbox", tabindex: 0, "aria-orientation": "horizontal" })
  let state: GridState | undefined
  let options: HTMLElement[] = []

  /** How many stand in the first line: what the keys up and down jump over. */
  const columns = () => options.filter(({ offsetTop }) => offsetTop === options[0]!.offsetTop).length

  function update(next: GridState): void {
    const { view, first, values, map, shared, palette } = next
    const area = view.height * view.width
    const count = values.length / area
    const isSame =
      state?.view === view && state.first === first && options.length === count && options.length > 0
    state = next
    if (!isSame) {
      options = Array.from({ length: count }, (_, i) => {
        const option = h("div", { id: `${id}-${first + i}`, role: "option" }, h(area === 1 ? "i" : "canvas"))
        option.addEventListener("click", () => select(first + i))
        return option
      })
      element.replaceChildren(...options)
    }
    setAll(element, {
      class: area === 1 ? "grid units" : "grid",
      "aria-label": `${view.layer}: ${view.maps} ${area === 1 ? "units" : `maps of ${view.height} by ${view.width}`}`,
      "aria-activedescendant": `${id}-${map}`,
    })
    const { min, max } = statisticsOf(values)
    const most = largestSize(values)
    options.forEach((option, i) => {
      const own = valuesOf(next, first + i)
      setAll(option, {
        "aria-selected": first + i === map ? "true" : "false",
        "aria-label": describeMap(next, first + i),
      })
      const mark = option.firstElementChild as HTMLElement
      if (mark instanceof HTMLCanvasElement)
        paint(mark, own, view.width, shared ? most : largestSize(own), palette)
      else bar(mark, own[0]!, Math.min(0, min), Math.max(0, max))
    })
  }

  element.addEventListener("keydown", (event) => {
    const next = state && walk(event, state.map, state.view.maps - 1, columns())
    if (next !== undefined) select(next)
  })

  return { element, update }
}

/** From the zero line up or down. */
function bar(mark: HTMLElement, value: number, low: number, high: number): void {
  const span = high - low || 1
  mark.className = value < 0 ? "below" : "above"
  mark.style.bottom = `${(100 * (Math.min(0, value) - low)) / span}%`
  mark.style.height = `${(100 * Math.abs(value)) / span}%`
}
