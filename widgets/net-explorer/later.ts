import { h } from "../shared/dom.js"

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
