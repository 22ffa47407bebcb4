import type { ComparisonMap, MapPlace } from "../../src/widgets/equivalence-map-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { type Column, verdict, worstOf } from "./model.js"

/** The chosen cell's worst place. */
export function placeTable(
  names: readonly [string, string],
  ratio: number,
  place: MapPlace | null,
): HTMLElement {
  if (ratio === 0) return h("p", {}, "Exactly equal in every place, on every probe.")
  if (!place) return h("p", {}, "Its worst place is known to a running kernel only.")
  const rows: [string, string][] = [
    ["worst place", place.where],
    [`value of ${names[0]}`, place.values[0]],
    [`value of ${names[1]}`, place.values[1]],
    ["difference", place.difference],
    ["bound", place.bound],
    ["difference / bound", place.ratio],
    ["probe", place.probe],
  ]
  return table([], rows, "place")
}

/** Every segment, and the outputs end to end. */
export function segmentTable({ ends }: ComparisonMap, columns: readonly Column[]): HTMLElement {
  return h(
    "div",
    { class: "box", tabindex: 0, role: "region", "aria-label": "segments, scrolls" },
    table(
      ["segment", "certificate", "verdict", "largest ratio", "in channel", "difference", "bound", "place"],
      columns.map((column) => {
        const worst = worstOf(column.ratios)
        const { name, status, worst: place } = column
        return [
          name,
          status,
          verdict(column).join(" "),
          format(column.ratios[worst]!),
          String(worst),
          ...(place
            ? [place.difference, place.bound, `${place.where}, probe ${place.probe}`]
            : ["0", "", ""]),
        ]
      }),
    ),
    table(
      ["end to end", "difference", "rounding floor", "largest value"],
      ends.map(({ output, difference, floor, largest }) => [output, difference, floor, largest]),
    ),
  )
}
