import type { ExplorerState } from "../../src/widgets/explorer-state.js"
import { watchConnection } from "../shared/connection.js"
import { h, setAll } from "../shared/dom.js"
import { watch } from "../shared/model.js"
import { bytes, floats, format } from "../shared/numbers.js"
import { savePerFrame } from "../shared/save.js"
import { countOf, filters, meaning, orderOf, sorts } from "./channel-order.js"
import { describeLayer, layerStrips, paperTable } from "./layer-strips.js"
import type { Model } from "./model.js"
import { outputTable } from "./output-table.js"
import { responsePlot } from "./response-plot.js"
import { slopePlot } from "./slope-plot.js"

/** Labels are tied to their fields by id; several views of one widget may be on a page. */
let views = 0

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const id = `prelab-slopes-${++views}`
  const layers = model.get("layers")
  const choose = h(
    "select",
    { id: `${id}-layer` },
    ...layers.map(({ name, original }, i) => h("option", { value: i }, `${name} (${original.length})`)),
  )
  const field = (name: string, step: number, max?: number) =>
    h("input", { id: `${id}-${name}`, type: "number", step, ...(step === 1 ? { min: 0, max } : {}) })
  const row = (...children: (Node | string)[]) => h("div", { class: "row" }, ...children)
  const channel = field("channel", 1)
  const slope = field("slope", 0.01)
  const sample = field("sample", 1, Math.max(0, model.get("samples") - 1))
  const resetLayer = h("button", { type: "button" }, "Reset layer")
  const resetAll = h("button", { type: "button" }, "Reset all")
  const status = h("span", { class: "status" })
  // Said aloud, politely: the channel that the keys or the pointer chose.
  const live = h("div", { class: "live", "aria-live": "polite" })
  const { save, end } = savePerFrame(model)
  const plot = slopePlot(`${id}-channel`, { select: (c) => select(model.get("layer"), c), change })
  const strips = layerStrips(`${id}-strip`, model.get("paper"), (layer) => {
    select(layer, 0)
    live.textContent = describeLayer(layers[layer]!.name, model.get("slopes")[layer]!)
  })
  const sort = h("select", { id: `${id}-sort` }, ...sorts.map((name) => h("option", {}, name)))
  const options = filters.map((value) => h("option", { value }))
  const filter = h("select", { id: `${id}-filter` }, ...options)
  const response = responsePlot()
  const picture = h("canvas", { class: "picture", role: "img" })
  const outputs = h("div", { class: "outputs" })
  const labelled = (label: string, field: HTMLElement) => h("label", { for: field.id }, `${label} `, field)
  const root = h(
    "div",
    // JupyterLab would take the arrow keys for its cells.
    {
      class: "prelab-widget prelab-slopes",
      role: "group",
      "aria-label": `slope explorer of ${model.get("net")}`,
      "data-lm-suppress-shortcuts": "true",
    },
    row(labelled("layer", choose), resetLayer, resetAll, status),
    strips.element,
    row(labelled("sort by", sort), labelled("show", filter)),
    plot.element,
    row(
      labelled("channel", channel),
      labelled("slope", slope),
      h("span", { class: "hint" }, "←→ channel, Shift ↑↓ slope, or drag"),
    ),
    h(
      "div",
      { class: "columns" },
      response.element,
      h("div", {}, ...(model.get("samples") > 0 ? [row(picture, labelled("sample", sample))] : []), outputs),
    ),
    paperTable(model.get("paper")),
    live,
  )

  const currentSlopes = () => model.get("slopes")[model.get("layer")]!

  function select(layer: number, c: number): void {
    put({ layer, channel: c })
    live.textContent = plot.describe()
  }

  /** Sets one slope here at once; the kernel follows. */
  function change(c: number, value: number, done: boolean): void {
    if (!Number.isFinite(value)) return
    if (currentSlopes()[c] !== value) replace(currentSlopes().with(c, value))
    if (done) live.textContent = plot.describe()
  }

  function edit(slopes: number[][]): void {
    put({ slopes, revision: model.get("revision") + 1 })
  }

  /** Other slopes for the chosen layer. */
  function replace(slopes: number[]): void {
    edit(model.get("slopes").with(model.get("layer"), slopes))
  }

  function put(values: Partial<ExplorerState>): void {
    for (const [name, value] of Object.entries(values)) model.set(name as "net", value as string)
    save()
    show()
  }

  function show(): void {
    const [at, c] = [model.get("layer"), model.get("channel")]
    const { name, original, shared } = layers[at]!
    const slopes = currentSlopes()
    setAll(root, { "data-layer": name, "data-channel": c, "data-slope": slopes[c] })
    choose.value = String(at)
    channel.max = String(slopes.length - 1)
    if (document.activeElement !== channel) channel.value = String(c)
    if (document.activeElement !== slope) slope.value = String(Number(slopes[c]!.toPrecision(6)))
    channel.disabled = shared
    resetLayer.disabled = same(slopes, original)
    resetAll.disabled = layers.every((layer, i) => same(model.get("slopes")[i]!, layer.original))
    strips.update({
      layers: layers.map((of, i) => ({ name: of.name, slopes: model.get("slopes")[i]! })),
      layer: at,
    })
    sort.value = model.get("sort")
    filter.value = model.get("filter")
    options.forEach((option, i) => {
      option.textContent = `${meaning[filters[i]!]} (${countOf(slopes, filters[i]!)})`
    })
    plot.update({ layer: name, slopes, original, channel: c, order: order() })
    showResponse()
    showStatus()
  }

  let drawn: number[] = []
  function order(): number[] {
    // While a head is dragged the others stand still beside it.
    if (!plot.dragging) drawn = arranged(model.get("channel"))
    return drawn
  }

  function arranged(keep: number): number[] {
    const choice = { sort: model.get("sort"), filter: model.get("filter"), keep }
    return orderOf(currentSlopes(), layers[model.get("layer")]!.original, choice)
  }

  /** Another order or choice of channels; the chosen one is among them, where there is any. */
  function arrange(values: Partial<ExplorerState>): void {
    put(values)
    const [found, c] = [arranged(-1), model.get("channel")]
    if (!found.includes(c)) put({ channel: found[0] ?? c })
    live.textContent = `${found.length} of ${currentSlopes().length} channels: ${meaning[model.get("filter")]}, by ${model.get("sort")}`
  }

  function showResponse(): void {
    const [at, c] = [model.get("layer"), model.get("channel")]
    const result = model.get("result")
    // A result for another channel says nothing about this one.
    const fits = result !== null && result.layer === at && (result.channel === c || layers[at]!.shared)
    response.update({
      slope: currentSlopes()[c]!,
      original: layers[at]!.original[c]!,
      activations: fits ? floats(result.activations) : undefined,
      total: fits ? result.total : 0,
    })
  }

  function showStatus(): void {
    const result = model.get("result")
    const waiting = model.get("samples") > 0 && result?.revision !== model.get("revision")
    status.textContent = waiting
      ? "computing …"
      : result
        ? `${result.ran}, ${format(result.milliseconds)} ms`
        : "no input given: slopes only"
    setAll(root, { "data-revision": result?.revision, "aria-busy": waiting ? "true" : "false" })
  }

  function showResult(): void {
    const result = model.get("result")
    if (result) outputs.replaceChildren(...result.outputs.map(outputTable))
    showResponse()
    showStatus()
  }

  function showPicture(): void {
    const image = model.get("image")
    if (document.activeElement !== sample) sample.value = String(model.get("sample"))
    picture.hidden = image === null
    if (image === null) return
    setAll(picture, {
      width: image.width,
      height: image.height,
      "aria-label": `sample ${model.get("sample")}, ${image.width} by ${image.height} pixels`,
    })
    picture
      .getContext("2d")
      ?.putImageData(new ImageData(bytes(image.pixels), image.width, image.height), 0, 0)
  }

  choose.addEventListener("change", () => select(Number(choose.value), 0))
  // An empty field is not a number, and so passes none of these.
  channel.addEventListener("input", () => {
    const c = channel.valueAsNumber
    if (currentSlopes()[c] !== undefined) select(model.get("layer"), c)
  })
  slope.addEventListener("input", () => change(model.get("channel"), slope.valueAsNumber, true))
  sample.addEventListener("input", () => {
    const n = sample.valueAsNumber
    if (Number.isInteger(n) && n >= 0 && n < model.get("samples"))
      put({ sample: n, revision: model.get("revision") + 1 })
  })
  // A field that was left half typed shows the truth again.
  for (const field of [channel, slope, sample]) {
    field.addEventListener("blur", () => {
      show()
      showPicture()
    })
  }
  resetLayer.addEventListener("click", () => replace([...layers[model.get("layer")]!.original]))
  resetAll.addEventListener("click", () => edit(layers.map(({ original }) => [...original])))

  sort.addEventListener("change", () => arrange({ sort: sort.value as ExplorerState["sort"] }))
  filter.addEventListener("change", () => arrange({ filter: filter.value as ExplorerState["filter"] }))

  // What the kernel sends must not pull a head out of the reader's hand.
  const fromKernel = () => {
    if (!plot.dragging) show()
  }
  const unwatch = [
    watch(model, ["slopes", "layer", "channel", "sort", "filter"], fromKernel),
    watch(model, ["result"], showResult),
    watch(model, ["image", "sample"], showPicture),
  ]
  const resized = new ResizeObserver(() => {
    plot.draw()
    strips.draw()
  })
  resized.observe(root)
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  show()
  showResult()
  showPicture()

  return () => {
    end()
    resized.disconnect()
    for (const stop of unwatch) stop()
    unheard()
    root.remove()
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value === b[i])
}

export default { render }
