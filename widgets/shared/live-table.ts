import { h } from "./dom.js"

/** The table behind a chart that moves: made anew with each update, while it is open. */
export function liveTable(summary: string) {
  const title = h("summary", {}, summary)
  const element = h("details", {}, title)
  let make: (() => HTMLTableElement) | undefined
  const fill = () => {
    if (element.open && make) element.replaceChildren(title, make())
  }
  element.addEventListener("toggle", fill)
  return {
    element,
    update(next: () => HTMLTableElement) {
      make = next
      fill()
    },
  }
}
