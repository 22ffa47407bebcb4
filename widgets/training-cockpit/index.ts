import type { CockpitState } from "../../src/widgets/cockpit-state.js"
import { ask } from "../shared/ask.js"
import { watchConnection } from "../shared/connection.js"
import { h, setAll } from "../shared/dom.js"
import { type View, watch } from "../shared/model.js"
import { floats, format } from "../shared/numbers.js"
import { savePerFrame } from "../shared/save.js"
import { type Run, runOf, smoothed } from "./curves.js"
import { edits } from "./edits.js"
import { lossChart } from "./loss-chart.js"
import { lossTable } from "./loss-table.js"
import { runList } from "./run-list.js"
import { accuracyChart, percent, slopeChart } from "./small-charts.js"

/** Labels are tied to their fields by id; several views of one widget may be on a page. */
let views = 0

/** After this time without an answer the reader is told, in milliseconds. */
const patience = 4000

function render({ model, el, experimental }: View<CockpitState>): () => void {
  const id = `prelab-cockpit-${++views}`
  const layers = model.get("layers")
  const { save, end } = savePerFrame(model)
  const button = (name: string, act: () => void) => {
    const made = h("button", { type: "button" }, name)
    made.addEventListener("click", act)
    return made
  }
  const go = button("Start", () => void request(model.get("phase") === "training" ? "pause" : "start"))
  const step = button("Step", () => void request("step"))
  const anew = button("New run", () => void request("reset"))
  const progress = h("progress", { "aria-label": "iterations done" })
  const count = h("strong", { class: "count" })
  const status = h("span", { class: "status" })
  const facts = h("div", { class: "facts" })
  const smoothing = h("input", { id: `${id}-smoothing`, type: "range", min: 0, max: 0.99, step: 0.01 })
  const weight = h("output", { for: smoothing.id })
  const isLog = h("input", { id: `${id}-log`, type: "checkbox" })
  const live = h("div", { class: "live", "aria-live": "polite" })
  const tell = (words: string) => {
    live.textContent = words
  }
  const loss = lossChart(tell)
  const [accuracy, slopes, table] = [accuracyChart(), slopeChart(layers), lossTable()]
  accuracy.element.hidden = !model.get("isTested")
  const runs = runList(id, (name, isShown) => {
    const others = model.get("hidden").filter((other) => other !== name)
    set("hidden", isShown ? others : [...others, name])
  })
  const editor = edits(id, layers, (wish) => void request("change", wish))
  const root = h(
    "div",
    {
      class: "prelab-widget prelab-cockpit",
      role: "group",
      "aria-label": `training cockpit of ${model.get("net")}`,
      // JupyterLab would take the arrow keys for its cells.
      "data-lm-suppress-shortcuts": "true",
    },
    h("div", { class: "row" }, go, step, anew, count, progress, status),
    facts,
    h(
      "div",
      { class: "row" },
      h("label", { for: smoothing.id }, "smoothing ", smoothing),
      weight,
      h("label", { for: isLog.id }, isLog, " log scale"),
    ),
    loss.element,
    runs.element,
    editor.element,
    h("div", { class: "columns" }, accuracy.element, slopes.element),
    table.element,
    live,
  )

  function set<K extends "hidden" | "smoothing" | "isLog">(name: K, value: CockpitState[K]): void {
    model.set(name, value)
    save()
    showCurves()
  }

  let asked = 0
  let words = ""
  let said: string = model.get("phase")
  async function request(name: string, message: unknown = null): Promise<void> {
    const own = ++asked
    const say = (text: string) => {
      if (own === asked) words = text
      showStatus()
    }
    const late = window.setTimeout(say, patience, "no answer from the kernel yet")
    setAll(root, { "aria-busy": "true" })
    try {
      await ask(experimental, name, message)
      say("")
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
    } finally {
      window.clearTimeout(late)
      if (own === asked) setAll(root, { "aria-busy": "false" })
    }
  }

  const all = (): Run[] => [...model.get("kept"), model.get("run")].map(runOf)

  function showCurves(): void {
    const [every, hidden] = [all(), model.get("hidden")]
    const weightOf = model.get("smoothing")
    const shown = every.map((run, style) => ({ run, style })).filter(({ run }) => !hidden.includes(run.name))
    const current = every.at(-1)!
    smoothing.value = String(weightOf)
    weight.textContent = weightOf.toFixed(2)
    isLog.checked = model.get("isLog")
    loss.update({ runs: shown, current, smoothing: weightOf, isLog: isLog.checked })
    accuracy.update(shown)
    slopes.update(current)
    runs.update(every, hidden, weightOf)
    table.update(shown.map(({ run }) => run))
    editor.update({
      rate: model.get("baseRate"),
      slopes: model.get("slopes").map(floats),
      changes: current.changes,
    })
    showStatus()
  }

  function showStatus(): void {
    const [phase, run, most] = [model.get("phase"), runOf(model.get("run")), model.get("maxIterations")]
    go.textContent = phase === "training" ? "Pause" : run.iteration > 0 ? "Go on" : "Start"
    go.disabled = phase === "finished"
    step.disabled = phase === "training" || phase === "finished"
    setAll(progress, { value: run.iteration, max: most })
    count.textContent = `iteration ${run.iteration.toLocaleString("en-US")} of ${most.toLocaleString("en-US")}`
    const [took, problem] = [model.get("milliseconds"), model.get("problem")]
    const speed = phase === "training" && took > 0 ? `, ${format(took)} ms an iteration` : ""
    status.textContent = words || problem || `${phase}${speed}`
    // Said aloud when it changes, not ten times a second.
    const news = words || problem || phase
    if (news !== said) tell(news)
    said = news
    setAll(root, {
      "data-phase": phase,
      "data-iteration": run.iteration,
      "data-run": run.name,
      "data-failed": words !== "" || problem !== "",
    })
    const smooth = smoothed(run.loss, model.get("smoothing")).at(-1)
    const last = run.accuracy.at(-1)
    const values: [string, string][] = [
      ["loss, smoothed", smooth === undefined ? "–" : format(smooth)],
      ["test accuracy", last ? percent(last[1]) : "–"],
      [`rate (${model.get("policy")})`, format(model.get("rate"))],
    ]
    facts.replaceChildren(...values.map(([name, value]) => h("span", {}, `${name} `, h("b", {}, value))))
  }

  smoothing.addEventListener("input", () => set("smoothing", Number(smoothing.value)))
  isLog.addEventListener("change", () => set("isLog", isLog.checked))

  const unwatch = watch(
    model,
    ["phase", "problem", "run", "kept", "baseRate", "rate", "slopes", "smoothing", "hidden", "isLog"],
    later,
  )
  // One drawing a frame: an update changes many values.
  let frame = 0
  function later(): void {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      showCurves()
    })
  }
  const draw = () => {
    for (const chart of [loss, accuracy, slopes]) chart.draw()
  }
  const resized = new ResizeObserver(draw)
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  showCurves()
  resized.observe(root)

  return () => {
    cancelAnimationFrame(frame)
    end()
    resized.disconnect()
    unwatch()
    unheard()
    root.remove()
  }
}

export default { render }
