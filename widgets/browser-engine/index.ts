import type { Model } from "./model.js"
import { PageHalf } from "./page-half.js"

/** Runs once in a page, whether the widget is shown or not. */
function initialize({ model }: { model: Model }): () => void {
  const half = new PageHalf(model)
  return () => half.close()
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const root = document.createElement("div")
  root.className = "prelab-browser-engine"
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", "gpu.js in this page")
  const show = () => {
    const backend = model.get("backend")
    const passes = model.get("passes")
    root.dataset.passes = String(passes)
    root.replaceChildren(
      part("title", "gpu.js in this page"),
      ...(backend ? [part("backend", backend), part("adapter", model.get("adapter"))] : []),
      part("ran", passes > 0 ? lastPass(model) : model.get("status")),
    )
  }
  const names = ["status", "backend", "adapter", "kernels", "milliseconds", "passes"]
  for (const name of names) model.on(`change:${name}`, show)
  el.append(root)
  show()
  return () => {
    for (const name of names) model.off(`change:${name}`, show)
    root.remove()
  }
}

function lastPass(model: Model): string {
  const kernels = model.get("kernels")
  const milliseconds = Number(model.get("milliseconds").toPrecision(3))
  return `last pass ${milliseconds} ms, ${kernels} kernel${kernels === 1 ? "" : "s"}`
}

function part(name: string, text: string): HTMLElement {
  const element = document.createElement("span")
  element.className = name
  element.textContent = text
  element.title = text
  return element
}

export default { initialize, render }
