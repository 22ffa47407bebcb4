import { h } from "../shared/dom.js"

/** A table whose first cells name the rows. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
  kind = "",
): HTMLElement {
  return h(
    "table",
    { class: kind },
    ...(heads.length > 0
      ? [h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text))))]
      : []),
    h(
      "tbody",
      {},
      ...rows.map(([name = "", ...cells]) =>
        h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell))),
      ),
    ),
  )
}

/** Made when it is opened, in a box that scrolls: there may be thousands of rows. */
export function later(summary: string, label: string, make: () => HTMLElement): HTMLElement {
  const details = h("details", {}, h("summary", {}, summary))
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1)
      details.append(
        h("div", { class: "box", tabindex: 0, role: "region", "aria-label": `${label}, scrolls` }, make()),
      )
  })
  return details
}
