import { button, h } from "../shared/dom.js"
import { watch } from "../shared/model.js"
import { savePerFrame } from "../shared/save.js"
import { batchNormLesson } from "./batch-norm-lesson.js"
import { type Change, type Model, stateNames } from "./model.js"
import { preluLesson } from "./prelu-lesson.js"

/** Labels are tied to their fields by id; several views of one widget may be on a page. */
let views = 0

const names = ["prelu", "batch-norm"] as const

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const id = `prelab-playground-${++views}-`

  const { save, end } = savePerFrame(model, () => {
    live.textContent = shown().describe()
  })
  const change: Change = (name, value) => {
    model.set(name, value)
    save()
  }
  const lessons = [preluLesson(model, id, change), batchNormLesson(model, id, change)] as const
  const shown = () => lessons[names.indexOf(model.get("lesson"))]!
  const live = h("div", { class: "live", "aria-live": "polite" })
  const tabs = ["PReLU", "Batch norm"].map((title, i) => button(title, () => change("lesson", names[i]!)))
  const root = h(
    "div",
    {
      class: "prelab-widget prelab-playground",
      role: "group",
      "aria-label": "playground of PReLU and batch norm",
      // JupyterLab would take the arrow keys for its cells.
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "tabs", role: "group", "aria-label": "lesson" }, ...tabs),
    ...lessons.map(({ element }) => element),
    live,
  )

  function show(): void {
    lessons.forEach((lesson, i) => {
      lesson.element.hidden = lesson !== shown()
      tabs[i]!.setAttribute("aria-pressed", String(lesson === shown()))
    })
    shown().show()
  }

  const stop = watch(model, stateNames, show)
  const resized = new ResizeObserver(show)
  resized.observe(root)
  el.append(root)
  show()

  return () => {
    end()
    resized.disconnect()
    stop()
    root.remove()
  }
}

export default { render }
