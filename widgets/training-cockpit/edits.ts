import type { ChangeWish, CockpitChange, CockpitLayer } from "../../src/widgets/cockpit-state.js"
import { h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"

export interface EditState {
  readonly rate: number
  readonly slopes: readonly Float32Array[]
  readonly changes: readonly CockpitChange[]
}

/** Learning rate and slopes, to be changed while the training runs; and what was changed, by the curve's numbers. */
export function edits(id: string, layers: readonly CockpitLayer[], change: (wish: ChangeWish) => void) {
  const labelled = (label: string, field: HTMLElement) => h("label", { for: field.id }, `${label} `, field)
  const field = (name: string) =>
    h("input", { id: `${id}-${name}`, type: "number", step: "any", required: true })
  const [rate, slope] = [field("rate"), field("slope")]
  rate.min = "0"
  const layer = h(
    "select",
    { id: `${id}-layer` },
    ...layers.map(({ name }, i) => h("option", { value: i }, name)),
  )
  const channel = h("select", { id: `${id}-channel` })
  const rateForm = h("form", {}, labelled("learning rate", rate), h("button", {}, "Set rate"))
  const slopeForm = h(
    "form",
    {},
    labelled("slopes of", layer),
    labelled("channel", channel),
    labelled("slope", slope),
    h("button", {}, "Set slope"),
  )
  slopeForm.hidden = layers.length === 0
  const list = h("ol", { class: "changes" })
  const element = h("div", {}, h("div", { class: "row" }, rateForm, slopeForm), list)
  let state: EditState = { rate: 0, slopes: [], changes: [] }
  // What is being typed stays until it is set, however often the kernel sends.
  const typed = new Set<HTMLInputElement>()

  function showChannels(): void {
    const { channels, shared } = layers[Number(layer.value)] ?? { channels: 0, shared: true }
    channel.replaceChildren(
      h("option", { value: "" }, shared ? "all (shared)" : "all"),
      ...(shared ? [] : Array.from({ length: channels }, (_, c) => h("option", { value: c }, String(c)))),
    )
  }

  function show(): void {
    if (!typed.has(rate)) rate.value = String(Number(state.rate.toPrecision(6)))
    const slopes = state.slopes[Number(layer.value)]
    if (slopes && !typed.has(slope)) {
      const mean = slopes.reduce((sum, value) => sum + value, 0) / slopes.length
      slope.value = format(channel.value === "" ? mean : slopes[Number(channel.value)]!)
    }
    list.replaceChildren(
      ...state.changes.map(({ iteration, what }) => h("li", {}, `from iteration ${iteration}: ${what}`)),
    )
  }

  for (const input of [rate, slope]) input.addEventListener("input", () => typed.add(input))
  layer.addEventListener("change", () => {
    typed.delete(slope)
    showChannels()
    show()
  })
  channel.addEventListener("change", () => {
    typed.delete(slope)
    show()
  })
  rateForm.addEventListener("submit", (event) => {
    event.preventDefault()
    typed.delete(rate)
    change({ base_lr: Number(rate.value) })
  })
  slopeForm.addEventListener("submit", (event) => {
    event.preventDefault()
    typed.delete(slope)
    const one = channel.value === "" ? {} : { channel: Number(channel.value) }
    change({ slopes: { layer: Number(layer.value), ...one, value: Number(slope.value) } })
  })
  showChannels()
  return {
    element,
    update(next: EditState) {
      state = next
      show()
    },
  }
}
