// The front end of the browser tests' widget: a counter, bytes that come and go, and a chart that plotly draws.
import { ask } from "../../../widgets/shared/ask.js"
import { askWithBytes } from "../../../widgets/shared/ask-with-bytes.js"
import { watchConnection } from "../../../widgets/shared/connection.js"
import { h, setAll } from "../../../widgets/shared/dom.js"
import { type View, watch } from "../../../widgets/shared/model.js"
import { plotly } from "../../../widgets/shared/plotly.js"

interface State {
  count: number
  grid: DataView<ArrayBuffer>
  charts: boolean
}

function render({ model, el, experimental }: View<State>): () => void {
  const button = h("button", { type: "button" })
  const answer = h("output")
  const bytes = h("output")
  const chart = h("div", { class: "chart" })
  const root = h(
    "div",
    {
      class: "prelab-widget counter",
      role: "group",
      "aria-label": "counter",
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "row" }, button, answer, bytes),
    chart,
  )
  const show = () => {
    button.textContent = `${model.get("count")} clicks`
    setAll(root, { "data-count": model.get("count") })
  }
  button.addEventListener("click", async () => {
    model.set("count", model.get("count") + 1)
    model.save_changes()
    const asked = model.get("count")
    const said = await ask<number>(experimental, "square", asked).then(
      String,
      (error) => `error: ${error.message}`,
    )
    if (asked === model.get("count")) answer.textContent = said
  })
  // What came goes back with 1 added to every byte: once in the state, once as a command's message.
  const sendBack = async () => {
    const { buffer, byteOffset, byteLength } = model.get("grid")
    if (byteLength === 0) return
    const next = new Uint8Array(buffer, byteOffset, byteLength).map((x) => x + 1)
    bytes.textContent = await askWithBytes<string>(experimental, "take", { deep: [next] })
  }
  const draw = async () => {
    if (!model.get("charts")) return
    const { react } = await plotly(experimental)
    const { color } = getComputedStyle(root)
    const paper = { paper_bgcolor: "transparent", plot_bgcolor: "transparent", font: { color } }
    await react(chart, [{ y: [1, 3, 2] }], { ...paper, height: 160, margin: { t: 10, b: 20, l: 20, r: 10 } })
    setAll(chart, { "data-drawn": true })
  }
  const ends = [
    watch(model, ["count"], show),
    watch(model, ["grid"], sendBack),
    watchConnection({ model, el }, root),
  ]
  el.append(root)
  show()
  void draw()
  return () => {
    for (const end of ends) end()
    root.remove()
  }
}

export default { render }
