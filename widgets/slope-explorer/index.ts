import { h, setAll } from "../shared/dom.js"
import { floats, format } from "../shared/numbers.js"
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
  const channel = h("input", { id: `${id}-channel`, type: "number", min: 0, step: 1 })
  const slope = h("input", { id: `${id}-slope`, type: "number", step: 0.01 })
  const sample = h("input", {
    id: `${id}-sample`,
    type: "number",
    min: 0,
    step: 1,
    max: Math.max(0, model.get("samples") - 1),
  })
  const resetLayer = h("button", { type: "button" }, "Reset layer")
  const resetAll = h("button", { type: "button" }, "Reset all")
  const status = h("span", { class: "status" })
  // Said aloud, politely: the channel that the keys or the pointer chose.
  const live = h("div", { class: "live", "aria-live": "polite" })
  const plot = slopePlot({ select: (c) => select(model.get("layer"), c), change })
  const response = responsePlot()
  const picture = h("canvas", { class: "picture", role: "img" })
  const outputs = h("div", { class: "outputs" })
  const labelled = (label: string, field: HTMLElement) => h("label", { for: field.id }, `${label} `, field)
  const root = h(
    "div",
    // JupyterLab would take the arrow keys for its cells.
    {
      class: "prelab-slopes",
      role: "group",
      "aria-label": `slope explorer of ${model.get("net")}`,
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "row" }, labelled("layer", choose), resetLayer, resetAll, status),
    plot.element,
    h(
      "div",
      { class: "row" },
      labelled("channel", channel),
      labelled("slope", slope),
      h("span", { class: "hint" }, "←→ channel, Shift ↑↓ slope, or drag"),
    ),
    h(
      "div",
      { class: "columns" },
      response.element,
      h(
        "div",
        {},
        ...(model.get("samples") > 0
          ? [h("div", { class: "row" }, picture, labelled("sample", sample))]
          : []),
        outputs,
      ),
    ),
    live,
  )

  const currentSlopes = () => model.get("slopes")[model.get("layer")]!

  function select(layer: number, c: number): void {
    model.set("layer", layer)
    model.set("channel", c)
    save()
    show()
    live.textContent = plot.describe()
  }

  /** Sets one slope here at once; the kernel follows. */
  function change(c: number, value: number, done: boolean): void {
    if (!Number.isFinite(value)) return
    const at = model.get("layer")
    if (currentSlopes()[c] !== value) {
      edit(
        model
          .get("slopes")
          .map((slopes, i) => (i === at ? slopes.map((old, j) => (j === c ? value : old)) : slopes)),
      )
    }
    if (done) live.textContent = plot.describe()
  }

  function edit(slopes: number[][]): void {
    model.set("slopes", slopes)
    model.set("revision", model.get("revision") + 1)
    save()
    show()
  }

  // One message a frame, however fast the pointer moves.
  let frame = 0
  function save(): void {
    if (frame) return
    frame = requestAnimationFrame(() => {
      frame = 0
      model.save_changes()
    })
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
    plot.update({ layer: name, slopes, original, channel: c })
    showResponse()
    showStatus()
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
    const { buffer, byteOffset, byteLength } = image.pixels
    const pixels = new Uint8ClampedArray(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
    picture.getContext("2d")?.putImageData(new ImageData(pixels, image.width, image.height), 0, 0)
  }

  choose.addEventListener("change", () => select(Number(choose.value), 0))
  channel.addEventListener("input", () => {
    const c = Number(channel.value)
    if (channel.value !== "" && Number.isInteger(c) && c >= 0 && c < currentSlopes().length)
      select(model.get("layer"), c)
  })
  slope.addEventListener("input", () => {
    if (slope.value !== "") change(model.get("channel"), Number(slope.value), true)
  })
  sample.addEventListener("input", () => {
    const n = Number(sample.value)
    if (sample.value === "" || !Number.isInteger(n) || n < 0 || n >= model.get("samples")) return
    model.set("sample", n)
    model.set("revision", model.get("revision") + 1)
    save()
    showStatus()
  })
  // A field that was left half typed shows the truth again.
  for (const field of [channel, slope, sample]) {
    field.addEventListener("blur", () => {
      show()
      showPicture()
    })
  }
  resetLayer.addEventListener("click", () => {
    const at = model.get("layer")
    edit(model.get("slopes").map((slopes, i) => (i === at ? [...layers[i]!.original] : slopes)))
  })
  resetAll.addEventListener("click", () => edit(layers.map(({ original }) => [...original])))

  // What the kernel sends must not pull a head out of the reader's hand.
  const fromKernel = () => {
    if (!plot.dragging) show()
  }
  const listeners: [string, () => void][] = [
    ["change:slopes", fromKernel],
    ["change:layer", fromKernel],
    ["change:channel", fromKernel],
    ["change:result", showResult],
    ["change:image", showPicture],
    ["change:sample", showPicture],
  ]
  for (const [event, handler] of listeners) model.on(event, handler)
  const resized = new ResizeObserver(() => plot.draw())
  resized.observe(root)
  el.append(root)
  show()
  showResult()
  showPicture()

  return () => {
    if (frame) {
      cancelAnimationFrame(frame)
      model.save_changes()
    }
    resized.disconnect()
    for (const [event, handler] of listeners) model.off(event, handler)
    root.remove()
  }
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value === b[i])
}

export default { render }
