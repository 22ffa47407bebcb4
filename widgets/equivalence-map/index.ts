import type { EquivalenceMapState, MapCell } from "../../src/widgets/equivalence-map-state.js"
import { ask } from "../shared/ask.js"
import { watchConnection } from "../shared/connection.js"
import { h, setAll } from "../shared/dom.js"
import { type View, watch } from "../shared/model.js"
import { format } from "../shared/numbers.js"
import { savePerFrame } from "../shared/save.js"
import { heatMap, legend } from "./heat-map.js"
import { type Column, columnsOf, verdict, worstCell } from "./model.js"
import { placeTable, segmentTable } from "./tables.js"

/** From then on a page says that nothing has come. */
const patienceMs = 15_000

/** Several views of one widget may be on a page: what has an id has it once. */
let views = 0

function render({ model, el, experimental }: View<EquivalenceMapState>): () => void {
  const id = `prelab-map-${++views}`
  const names: readonly [string, string] =
    model.get("before") === model.get("after")
      ? ["the first net", "the second net"]
      : [model.get("before"), model.get("after")]
  const button = (text: string, click: () => void) => {
    const made = h("button", { type: "button" }, text)
    made.addEventListener("click", click)
    return made
  }
  const labelled = (text: string, field: HTMLElement) => h("label", { for: field.id }, `${text} `, field)
  const engine = h(
    "select",
    { id: `${id}-engine` },
    ...model.get("engines").map(([value, name]) => h("option", { value }, name)),
  )
  const again = button("run again", () => run())
  const stop = button("Stop", () => {
    ask(experimental, "stop").catch((error: unknown) => {
      status.textContent = `could not be stopped: ${(error as Error).message}`
    })
  })
  const bar = h("progress", { "aria-label": "comparison", max: 1 })
  const status = h("span", { role: "status" })
  const sentence = h("p", { class: "sentence" })
  const failure = h("p", { class: "failure", role: "alert" })
  const segment = h("select", { id: `${id}-segment` })
  const channel = h("input", { id: `${id}-channel`, type: "number", min: 0, step: 1 })
  const cell = h("div", { class: "cell" })
  const live = h("div", { class: "live", "aria-live": "polite" })
  const more = h("details", {}, h("summary", {}, "the map as a table"))
  const map = heatMap(choose)
  const root = h(
    "div",
    {
      class: "prelab-widget prelab-map",
      role: "group",
      "aria-label": `equivalence map of ${names.join(" and ")}`,
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "row" }, labelled("engine", engine), again, stop, bar, status),
    failure,
    sentence,
    map.element,
    legend(),
    h(
      "div",
      { class: "row" },
      labelled("segment", segment),
      labelled("channel", channel),
      button("worst cell", () => choose(worstCell(columns))),
      h("span", { class: "hint" }, "Keys in the map: arrows, Home and End, w the column's worst."),
    ),
    cell,
    more,
    live,
  )
  let columns: Column[] = []

  const { save, end } = savePerFrame(model)

  function choose(chosen: MapCell): void {
    model.set("chosen", chosen)
    save()
    live.textContent = words()
  }

  // A kernel that was restarted, or ended, never answers.
  let late = false
  let timer = 0
  function run(): void {
    late = false
    clearTimeout(timer)
    timer = setTimeout(() => {
      late = true
      showStatus()
    }, patienceMs)
    model.set("engine", engine.value)
    model.set("revision", model.get("revision") + 1)
    save()
    showStatus()
  }

  /** What is chosen, in words. */
  function words(): string {
    const { segment: at, channel: c } = model.get("chosen")
    const column = columns[at]
    return column ? `${column.name}, channel ${c}: difference / bound ${format(column.ratios[c]!)}` : ""
  }

  function showStatus(): void {
    const [revision, settled, progress, failed] = [
      model.get("revision"),
      model.get("settled"),
      model.get("progress"),
      model.get("failure"),
    ]
    const busy = revision !== settled
    const current = progress?.revision === revision ? progress : null
    stop.disabled = !busy
    bar.hidden = !busy
    if (current) setAll(bar, { value: current.done, max: current.total })
    else bar.removeAttribute("value")
    const shown = model.get("map")
    status.textContent = busy
      ? (current?.words ??
        (late ? "the kernel does not answer: it is busy, or was restarted" : "waiting for the kernel …"))
      : shown
        ? `${shown.ran}, ${format(shown.seconds)} s`
        : ""
    const isNews = failed !== null && !busy && failed.revision === settled
    failure.hidden = !isNews
    failure.textContent = isNews
      ? `${failed.message}${failed.hint ? `. What to do: ${failed.hint}` : ""}. The map below is still that of ${shown?.ran}.`
      : ""
    setAll(root, { "data-revision": settled, "aria-busy": busy ? "true" : "false" })
    if (document.activeElement !== engine) engine.value = model.get("engine")
  }

  function showMap(): void {
    const shown = model.get("map")
    columns = columnsOf(shown?.segments ?? [])
    if (shown) {
      const beyond = columns.filter(({ holds }) => !holds).length
      sentence.replaceChildren(
        h("strong", {}, shown.equivalent ? "✓ " : "✗ "),
        shown.sentence,
        h("span", { class: "hint" }, `. Probes: ${shown.probes.join(", ")}.`),
      )
      const worst = worstCell(columns)
      map.update(
        columns,
        `${columns.length} segments, ${beyond} beyond their bound; largest ratio ${format(columns[worst.segment]?.ratios[worst.channel] ?? 0)} in ${columns[worst.segment]?.name}, channel ${worst.channel}`,
      )
    }
    segment.replaceChildren(
      ...columns.map((column, i) => h("option", { value: i }, `${verdict(column)[0]} ${column.name}`)),
    )
    more.querySelector(".box")?.remove()
    showTable()
    showChosen()
    showStatus()
  }

  function showTable(): void {
    const shown = model.get("map")
    if (more.open && shown && !more.querySelector(".box")) more.append(segmentTable(shown, columns))
  }

  function showChosen(): void {
    const { segment: at, channel: c } = model.get("chosen")
    const column = columns[at]
    map.choose({ segment: at, channel: c })
    setAll(root, { "data-segment": at, "data-channel": c })
    if (!column) return
    segment.value = String(at)
    channel.max = String(column.ratios.length - 1)
    if (document.activeElement !== channel) channel.value = String(c)
    const ratio = column.ratios[c] ?? 0
    const found = model.get("place")
    // The kernel's answer may still be that for another cell, or another map.
    const fits = found?.segment === at && found.channel === c && found.revision === model.get("map")?.revision
    const place = fits ? found.place : column.worst?.channel === c ? column.worst : null
    cell.replaceChildren(
      h(
        "p",
        {},
        h("strong", {}, `${column.name}, channel ${c}`),
        `: ${ratio === 0 ? "exactly equal" : ratio > 1 ? "✗ beyond the bound" : "✓ within the bound"}; the certificate says ${column.status}`,
      ),
      placeTable(names, ratio, place),
    )
  }

  engine.addEventListener("change", run)
  segment.addEventListener("change", () => {
    const at = Number(segment.value)
    choose({ segment: at, channel: worstCell([columns[at]!]).channel })
  })
  channel.addEventListener("input", () => {
    const c = Number(channel.value)
    const { segment: at } = model.get("chosen")
    if (channel.value !== "" && Number.isInteger(c) && c >= 0 && c < columns[at]!.ratios.length)
      choose({ segment: at, channel: c })
  })
  // A field that was left half typed shows the truth again.
  channel.addEventListener("blur", showChosen)
  more.addEventListener("toggle", showTable)

  const stops = [
    watch(model, ["map"], showMap),
    watch(model, ["chosen", "place"], showChosen),
    watch(model, ["engine", "settled", "progress", "failure", "revision"], showStatus),
  ]
  const resized = new ResizeObserver(() => map.draw())
  resized.observe(root)
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  showMap()

  return () => {
    clearTimeout(timer)
    end()
    resized.disconnect()
    for (const stop of stops) stop()
    unheard()
    root.remove()
  }
}

export default { render }
