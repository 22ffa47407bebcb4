import type { FoldStepperState } from "../../src/widgets/fold-stepper-state.js"
import { watchConnection } from "../shared/connection.js"
import { button, h, setAll } from "../shared/dom.js"
import { arrowOf } from "../shared/drag.js"
import { watch } from "../shared/model.js"
import { redraw } from "../shared/redraw.js"
import { savePerFrame } from "../shared/save.js"
import { formulaLines, steps } from "./formula.js"
import type { Model, Shown } from "./model.js"
import { scriptSwitches } from "./script-switches.js"
import { stage } from "./stage.js"
import { verdictOf } from "./verdict.js"

/** Labels are tied to their fields by id; several views of one widget may be on a page. */
let views = 0

/** How long a step stays while it plays, in milliseconds. */
const speeds = { slow: 5000, normal: 2500, fast: 1000 } as const

/** From here on the reader is told that no answer came, in milliseconds. */
const patience = 4000

const last = steps.length - 1

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const id = `prelab-fold-${++views}`
  const sites = model.get("sites")
  const choose = h(
    "select",
    { id: `${id}-site` },
    ...sites.map(({ layer, type, channels }, i) =>
      h("option", { value: i }, `${layer} (${type}, ${channels})`),
    ),
  )
  const channel = h("input", { id: `${id}-channel`, type: "number", min: 0, step: 1 })
  const probe = h(
    "select",
    { id: `${id}-probe` },
    ...model.get("probes").map((name, i) => h("option", { value: i }, name)),
  )
  const status = h("span", { class: "status" })
  const labelled = (label: string, field: HTMLElement) =>
    h("span", {}, h("label", { for: field.id }, label), " ", field)

  const go = (step: number) => {
    const to = Math.min(last, Math.max(0, step))
    if (to !== model.get("step")) wish({ step: to }, false)
    live.textContent = describe()
  }
  const by = (steps: number) => go(model.get("step") + steps)
  const reset = button("Reset", () => {
    stop()
    wish({ step: 0, eps: null, mistakes: [] })
  })
  const previous = button("◀ Previous", () => by(-1))
  const play = button("▶ Play", () => (timer ? stop() : start()))
  const next = button("Next ▶", () => by(1))
  const speed = h(
    "select",
    { id: `${id}-speed` },
    ...Object.keys(speeds).map((name) => h("option", { selected: name === "normal" }, name)),
  )
  const transport = h(
    "div",
    { class: "row", role: "group", "aria-label": "steps" },
    reset,
    previous,
    play,
    next,
    labelled("speed", speed),
  )
  transport.addEventListener("keydown", (event) => {
    if (event.target === speed) return
    const sign = arrowOf(event)
    const end = { Home: 0, End: last }[event.key]
    if (sign === 0 && end === undefined) return
    event.preventDefault()
    if (end === undefined) by(sign)
    else go(end)
  })

  const switches = scriptSwitches(id, (values) => wish(values))
  const lines = formulaLines(go)
  const picture = stage()
  const verdict = h("p", { class: "verdict" })
  const live = h("div", { class: "live", "aria-live": "polite" })
  const others = model.get("others")
  const root = h(
    "div",
    {
      class: "prelab-widget prelab-fold-stepper",
      role: "group",
      "aria-label": `fold stepper of ${model.get("net")}`,
      // JupyterLab would take the arrow keys for its cells.
      "data-lm-suppress-shortcuts": "true",
    },
    h(
      "div",
      { class: "row" },
      labelled("layer", choose),
      labelled("channel", channel),
      labelled("probe", probe),
      status,
    ),
    transport,
    lines.element,
    picture.element,
    switches.element,
    verdict,
    ...(others.length > 0
      ? [
          h(
            "details",
            {},
            h("summary", {}, `${others.length} more layers of the fold`),
            h("ul", {}, ...others.map((each) => h("li", {}, each))),
          ),
        ]
      : []),
    live,
  )

  const { save, end } = savePerFrame(model)
  function wish(values: Partial<FoldStepperState>, asks = true): void {
    for (const [name, value] of Object.entries(values))
      model.set(name as keyof FoldStepperState, value as never)
    if (asks) model.set("revision", model.get("revision") + 1)
    save()
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  function start(): void {
    if (model.get("step") === last) go(0)
    play.textContent = "⏸ Pause"
    timer = setTimeout(tick, speeds[speed.value as keyof typeof speeds])
  }
  function tick(): void {
    by(1)
    if (model.get("step") === last) stop()
    else timer = setTimeout(tick, speeds[speed.value as keyof typeof speeds])
  }
  function stop(): void {
    clearTimeout(timer)
    timer = undefined
    play.textContent = "▶ Play"
  }

  /** What the kernel sent, where it is of the channel that is looked at. */
  function shown(): Shown | undefined {
    const result = model.get("result")
    if (result?.site !== model.get("site") || result.channel !== model.get("channel")) return undefined
    return {
      site: sites[result.site]!,
      result,
      factorIgnored: model.get("mistakes").includes("factor ignored"),
    }
  }

  function describe(): string {
    const [step, now] = [model.get("step"), shown()]
    return `step ${step + 1} of ${steps.length}, ${steps[step]!.title}${now ? `: ${steps[step]!.numbers(now)}` : ""}`
  }

  function show(): void {
    const [step, now] = [model.get("step"), shown()]
    const site = sites[model.get("site")]!
    choose.value = String(model.get("site"))
    channel.max = String(site.channels - 1)
    if (document.activeElement !== channel) channel.value = String(model.get("channel"))
    probe.value = String(model.get("probe"))
    switches.show(site, model.get("eps"), model.get("mistakes"))
    previous.disabled = step === 0
    reset.disabled = step === 0 && model.get("eps") === null && model.get("mistakes").length === 0
    next.disabled = step === last
    lines.update(step, now)
    picture.update(step, now)
    const judged = now && verdictOf(now.result)
    verdict.replaceChildren(
      ...(judged
        ? [h("strong", { class: judged.holds ? "good" : "bad" }, judged.holds ? "✓ " : "✗ "), judged.text]
        : []),
    )
    setAll(root, {
      "data-step": step,
      "data-holds": judged?.holds === undefined ? undefined : String(judged.holds),
    })
    wait()
  }

  let waiting: ReturnType<typeof setTimeout> | undefined
  function wait(): void {
    const result = model.get("result")
    const busy = result?.revision !== model.get("revision")
    clearTimeout(waiting)
    status.textContent = busy ? "computing …" : ""
    setAll(root, { "aria-busy": String(busy), "data-revision": result?.revision })
    if (busy)
      waiting = setTimeout(() => {
        status.textContent = "no answer yet: is the kernel running?"
      }, patience)
  }

  choose.addEventListener("change", () => {
    const at = Number(choose.value)
    wish({
      site: at,
      channel: 0,
      eps: null,
      mistakes: model.get("mistakes").filter((each) => sites[at]!.mistakes.includes(each)),
    })
  })
  channel.addEventListener("input", () => {
    const c = Number(channel.value)
    if (channel.value !== "" && Number.isInteger(c) && c >= 0 && c < sites[model.get("site")]!.channels)
      wish({ channel: c })
  })
  // A field that was left half typed shows the truth again.
  channel.addEventListener("blur", show)
  probe.addEventListener("change", () => wish({ probe: Number(probe.value) }))

  const unwatch = watch(model, ["site", "channel", "probe", "eps", "mistakes", "step", "result"], show)
  const unwait = watch(model, ["revision"], wait)
  const undraw = redraw(root, show)
  el.append(root)
  const unheard = watchConnection({ model, el }, root)
  show()

  return () => {
    stop()
    clearTimeout(waiting)
    end()
    undraw()
    unwatch()
    unwait()
    unheard()
    root.remove()
  }
}

export default { render }
