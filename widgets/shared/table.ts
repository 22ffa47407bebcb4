import { h } from "./dom.js"

/** A table with headed columns. */
export function table(head: readonly string[], rows: readonly HTMLElement[], kind = ""): HTMLElement {
  const cells = head.map((text) => h("th", { scope: "col" }, text))
  return h("table", { class: kind }, h("thead", {}, h("tr", {}, ...cells)), h("tbody", {}, ...rows))
}

/** A row with a head of its own. */
export function row(head: string | Node, ...cells: readonly (string | HTMLElement)[]): HTMLTableRowElement {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, head),
    ...cells.map((cell) => (typeof cell === "string" ? h("td", {}, cell) : cell)),
  )
}
