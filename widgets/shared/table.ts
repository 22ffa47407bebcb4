import { h } from "./dom.js"
import { format } from "./numbers.js"

/** Numbers are shown with four digits and kept whole in `data-value`; an element that is a cell itself stays the one it is. */
export type Cell = string | number | Node

/** A table whose first cells name the rows; without heads where there are none. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly Cell[] | HTMLTableRowElement)[],
  kind = "",
): HTMLTableElement {
  const cells = heads.map((text) => h("th", { scope: "col" }, text))
  return h(
    "table",
    { class: kind || undefined },
    ...(heads.length > 0 ? [h("thead", {}, h("tr", {}, ...cells))] : []),
    h(
      "tbody",
      {},
      ...rows.map((each) =>
        each instanceof HTMLTableRowElement ? each : row(each[0] ?? "", ...each.slice(1)),
      ),
    ),
  )
}

/** A row with a head of its own. */
export function row(name: Cell, ...cells: readonly Cell[]): HTMLTableRowElement {
  const head = typeof name === "number" ? String(name) : name
  return h("tr", {}, h("th", { scope: "row" }, head), ...cells.map(cellOf))
}

function cellOf(value: Cell): HTMLTableCellElement {
  if (typeof value === "number") return h("td", { "data-value": value }, format(value))
  return value instanceof HTMLTableCellElement ? value : h("td", {}, value)
}
