import { groupOf } from "../../src/widgets/activation-state.js"
import { watchConnection } from "../shared/connection.js"
import { h, setAll } from "../shared/dom.js"
import { watch } from "../shared/model.js"
import { bytes, floats, format } from "../shared/numbers.js"
import { redraw } from "../shared/redraw.js"
import { savePerFrame } from "../shared/save.js"
import { bigMap } from "./big-map.js"
import { paletteOf } from "./colours.js"
import { drawPad } from "./draw-pad.js"
import { hexOf, inkOf } from "./ink.js"
import { mapGrid } from "./map-grid.js"
import { mapTable } from "./map-table.js"
import { describeMap, largestSize, type Maps, valuesOf } from "./maps.js"
import type { Model } from "./model.js"
import { outputBars } from "./output-bars.js"
import { samplePicture } from "./sample-picture.js"

/** Labels are tied to their fields by id; several views of one widget may be on a page. */
let views = 0

/** After this time without an answer the reader is told, in milliseconds. */
const patience = 4000

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const id = `prelab-activations-${++views}`
  const layers = model.get("views")
  const labelled = (label: string, field: HTMLElement) => h("label", { for: field.id }, `${label} `, field)
  const choose = h(
    "select",
    { id: `${id}-layer` },
    ...layers.map(({ layer, top, type, shape }, i) =>
      h("option", { value: i }, `${layer}${top === layer ? "" : ` → ${top}`} (${type}, ${shape})`),
    ),
  )
  const engine = h(
    "select",
    { id: `${id}-engine` },
    ...model.get("engines").map((name) => h("option", {}, name)),
  )
  const last = model.get("samples") - 1
  const sample = h("input", { id: `${id}-sample`, type: "number", min: 0, max: Math.max(0, last), step: 1 })
  const shared = h("input", { id: `${id}-shared`, type: "checkbox" })
  const group = h("select", { id: `${id}-group` })
  const status = h("span", { class: "status" })
  // Said aloud, politely: what keys and pointer chose.
  const live = h("div", { class: "live", "aria-live": "polite" })
  const tell = (words: string) => {
    live.textContent = words
  }
  const { save, end } = savePerFrame(model)
  const size = model.get("pad")
  const pad = size && drawPad(id, size, { draw: (ink) => wish({ drawing: hexOf(ink) }), tell })
  const picture = size ? undefined : samplePicture()
  const grid = mapGrid(id, (map) => {
    select(map)
    const maps = current()
    if (maps) tell(describeMap(maps, map))
  })
  const big = bigMap(tell)
  const table = mapTable()
  const outputs = h("div", { class: "outputs" })
  const isSampled = model.get("samples") > 0
  const groups = labelled("show", group)
  const scales = h("label", { for: shared.id }, shared, " one scale for all maps")
  const root = h(
    "div",
    {
      class: "prelab-widget prelab-activations",
      role: "group",
      "aria-label": `activation viewer of ${model.get("net")}`,
      // JupyterLab would take the arrow keys for its cells.
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "row" }, labelled("layer", choose), labelled("engine", engine), status),
    h(
      "div",
      { class: "columns" },
      h(
        "div",
        { class: "input" },
        ...(isSampled ? [h("div", { class: "row" }, labelled("sample", sample))] : []),
        pad?.element ?? picture!.element,
        outputs,
      ),
      h("div", {}, h("div", { class: "row" }, scales, groups), grid.element, big.element, table.element),
    ),
    live,
  )

  /** Sets what needs a pass of the net. */
  function wish(values: { view?: number; map?: number; sample?: number; drawing?: string; engine?: string }) {
    for (const [name, value] of Object.entries(values)) model.set(name as "engine", value as string)
    model.set("revision", model.get("revision") + 1)
    save()
    show()
  }

  function select(map: number): void {
    const before = model.get("map")
    if (map === before) return
    const size = groupOf(layers[model.get("view")]!)
    if (Math.floor(map / size) !== Math.floor(before / size)) wish({ map })
    model.set("map", map)
    save()
    show()
  }

  /** What the kernel has sent for the chosen view and map; nothing until it has. */
  function current(): Maps | undefined {
    const result = model.get("result")
    const at = model.get("view")
    if (result === null || result.view !== at) return undefined
    const maps = { view: layers[at]!, first: result.first, values: valuesIn(result.values) }
    return valuesOf(maps, model.get("map")).length > 0 && model.get("map") >= result.first ? maps : undefined
  }

  // The bytes of a result are copied once, not with every key.
  let read: { from: ArrayBufferView; values: Float32Array } | undefined
  function valuesIn(from: ArrayBufferView): Float32Array {
    if (read?.from !== from) read = { from, values: floats(from) }
    return read.values
  }

  function show(): void {
    const [at, map] = [model.get("view"), model.get("map")]
    const view = layers[at]!
    setAll(root, { "data-layer": view.layer, "data-map": map })
    choose.value = String(at)
    engine.value = model.get("engine")
    shared.checked = model.get("shared")
    if (document.activeElement !== sample) sample.value = String(model.get("sample"))
    showGroups()
    const maps = current()
    if (maps) {
      const palette = paletteOf(root)
      grid.update({ ...maps, map, shared: shared.checked, palette })
      const most = largestSize(shared.checked ? maps.values : valuesOf(maps, map))
      big.update({ ...maps, map, most, palette })
      table.update(maps)
    }
    showStatus()
  }

  function showGroups(): void {
    const view = layers[model.get("view")]!
    const size = groupOf(view)
    groups.hidden = view.maps <= size
    scales.hidden = view.height * view.width === 1
    group.replaceChildren(
      ...Array.from({ length: Math.ceil(view.maps / size) }, (_, i) =>
        h(
          "option",
          { value: i * size },
          `${i * size} to ${Math.min(view.maps, (i + 1) * size) - 1} of ${view.maps}`,
        ),
      ),
    )
    group.value = String(Math.floor(model.get("map") / size) * size)
  }

  let overdue = 0
  let isOverdue = false
  function showStatus(): void {
    const [result, problem, revision] = [model.get("result"), model.get("problem"), model.get("revision")]
    const failed = problem !== null && problem.revision >= revision
    const waiting = !failed && (result === null || result.revision < revision)
    if (waiting) {
      overdue ||= window.setTimeout(() => {
        isOverdue = true
        showStatus()
        tell(status.textContent)
      }, patience)
    } else {
      window.clearTimeout(overdue)
      overdue = 0
      isOverdue = false
    }
    const ran = result ? `${result.ran}, ${format(result.milliseconds)} ms` : ""
    status.textContent = failed
      ? problem.message
      : isOverdue
        ? "no answer from the kernel yet"
        : waiting
          ? "computing …"
          : ran
    if (failed && !root.hasAttribute("data-failed")) tell(problem.message)
    setAll(root, {
      "data-revision": result?.revision,
      "data-failed": failed,
      "aria-busy": waiting ? "true" : "false",
    })
  }

  function showInput(): void {
    const [drawing, image] = [model.get("drawing"), model.get("image")]
    picture?.update(image)
    if (drawing !== "") pad?.show(inkOf(drawing))
    else if (image) {
      const pixels = bytes(image.pixels)
      pad?.show(Uint8Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i]!))
    }
    setAll(root, { "data-input": drawing === "" ? `sample ${image?.sample}` : "drawing" })
  }

  function showResult(): void {
    outputs.replaceChildren(...(model.get("result")?.outputs ?? []).map(outputBars))
    show()
  }

  choose.addEventListener("change", () => wish({ view: Number(choose.value), map: 0 }))
  engine.addEventListener("change", () => wish({ engine: engine.value }))
  group.addEventListener("change", () => select(Number(group.value)))
  shared.addEventListener("change", () => {
    model.set("shared", shared.checked)
    save()
    show()
  })
  sample.addEventListener("input", () => {
    const n = Number(sample.value)
    if (sample.value === "" || !Number.isInteger(n) || n < 0 || n > last) return
    wish({ sample: n, drawing: "" })
  })
  sample.addEventListener("blur", show)

  const unwatch = [
    watch(model, ["view", "map", "sample", "shared", "engine", "revision", "problem"], show),
    watch(model, ["drawing", "image"], showInput),
    watch(model, ["result"], showResult),
  ]
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  showInput()
  showResult()
  const undraw = redraw(root, show)

  return () => {
    window.clearTimeout(overdue)
    end()
    undraw()
    for (const stop of unwatch) stop()
    unheard()
    root.remove()
  }
}

export default { render }
