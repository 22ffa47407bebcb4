import { h } from "./dom.js"
import { format } from "./numbers.js"

/** The table behind a chart: the first cell of a row names it; numbers are kept whole in `data-value`. */
export function dataTable(heads: readonly string[], rows: readonly (readonly (string | number)[])[]) {
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
    h(
      "tbody",
      {},
      ...rows.map(([name, ...cells]) =>
        h("tr", {}, h("th", { scope: "row" }, String(name)), ...cells.map(cell)),
      ),
    ),
  )
}

function cell(value: string | number): HTMLElement {
  return typeof value === "number" ? h("td", { "data-value": value }, format(value)) : h("td", {}, value)
}
