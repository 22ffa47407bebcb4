import { type BatchNormSteps, batchNormSteps } from "../../src/widgets/playground-maths.js"
import { type PlaygroundState, type SamplePreset, samplePresets } from "../../src/widgets/playground-state.js"
import { button, h } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import { table } from "../shared/table.js"
import { controlsOf } from "./control.js"
import { type Change, type LessonView, type Model, stateOf } from "./model.js"
import { numberLines } from "./number-lines.js"

const scripts: readonly (readonly [label: string, eps: number | null])[] = [
  ["the layer's own", null],
  ["1e-3, the default of Keras", 1e-3],
  ["1e-5, Caffe's default", 1e-5],
  ["2.2e-16, machine epsilon", 2 ** -52],
]

/** Convolution, BatchNorm and Scale on a handful of numbers, what the file stores of them, and the fold. */
export function batchNormLesson(model: Model, id: string, change: Change): LessonView {
  const lines = numberLines({
    select(sample) {
      if (sample !== model.get("sample")) change("sample", sample)
    },
    move: (sample, value) => edit(sample, value),
  })
  const edit = (sample: number, value: number) =>
    change(
      "samples",
      model.get("samples").map((old, i) => (i === sample ? value : old)),
    )
  const control = controlsOf(model, id, change)
  const weight = control("weight", "weight w", -3, 3, 0.05)
  const bias = control("bias", "bias b", -3, 3, 0.05)
  const eps = control("eps", "eps ε", 1e-12, 1, 0.1, true)
  const gamma = control("gamma", "gamma γ", -3, 3, 0.05)
  const beta = control("beta", "beta β", -3, 3, 0.05)
  const factor = control("factor", "factor n", 1, 1000, 0.1, true)
  const sample = h("input", { id: `${id}s`, type: "number", step: "any" })
  const sampleLabel = h("label", { for: sample.id })
  sample.addEventListener("input", () => {
    const value = Number(sample.value)
    if (sample.value !== "" && Number.isFinite(value)) edit(model.get("sample"), value)
  })
  const presets = (Object.keys(samplePresets) as SamplePreset[]).map((name) =>
    button(name, () => change("samples", [...samplePresets[name]])),
  )
  const script = h(
    "select",
    { id: `${id}c` },
    ...scripts.map(([label], i) => h("option", { value: i }, label)),
  )
  script.addEventListener("change", () => change("foldEps", scripts[Number(script.value)]![1]))
  const ignored = h("input", { id: `${id}i`, type: "checkbox" })
  ignored.addEventListener("change", () => change("factorIgnored", ignored.checked))
  const statistics = h("p", { class: "formula" })
  const stored = h("div")
  const fold = h("p", { class: "formula" })
  const verdict = h("p", { class: "verdict" })
  const every = h("div", {
    class: "scroll",
    tabindex: 0,
    role: "group",
    "aria-label": "every step as a table",
  })
  const element = h(
    "div",
    {},
    h(
      "div",
      { class: "row presets", role: "group", "aria-label": "inputs of a channel" },
      "channel: ",
      ...presets,
      h("span", { class: "sample" }, sampleLabel, " ", sample),
    ),
    lines.element,
    h(
      "p",
      { class: "caption" },
      "Drag the inputs, or use ← → (Shift: finer). Bars: mean; bands: ± one standard deviation.",
    ),
    h(
      "div",
      { class: "columns" },
      part("1  Convolution, one weight", weight.element, bias.element),
      part("2  BatchNorm", eps.element, statistics),
      part("3  Scale", gamma.element, beta.element),
      part("What Caffe's file holds", factor.element, stored),
    ),
    part(
      "4  Fold all three into one convolution",
      h(
        "div",
        { class: "row" },
        h("label", { for: script.id }, "the script's ε"),
        script,
        h("label", { for: ignored.id }, ignored, " it forgets to divide by n"),
      ),
      fold,
      verdict,
    ),
    h("details", {}, h("summary", {}, "every step as a table"), every),
  )

  function show(): void {
    const now = stateOf(model)
    const steps = batchNormSteps(now)
    const at = Math.min(now.sample, now.samples.length - 1)
    for (const each of [weight, bias, eps, gamma, beta, factor]) each.show()
    sampleLabel.textContent = `value of input ${at}`
    if (document.activeElement !== sample) sample.value = String(now.samples[at])
    script.value = String(
      Math.max(
        0,
        scripts.findIndex(([, eps]) => eps === now.foldEps),
      ),
    )
    ignored.checked = now.factorIgnored
    const of = (name: "u" | "x" | "centred" | "y" | "z" | "folded") => steps.samples.map((each) => each[name])
    const text = summary(now, steps)
    lines.update(
      [
        { label: "u: inputs", values: of("u") },
        { label: "x = w·u + b: convolution", values: of("x") },
        { label: "x − μ: the mean subtracted", values: of("centred") },
        { label: "y = (x − μ) / √(σ² + ε): BatchNorm", values: of("y") },
        { label: "z = γ·y + β: Scale ●   w′·u + b′: folded ○", values: of("z"), rings: of("folded") },
      ],
      at,
      text,
    )
    const { used, deviation, alpha, stored: file } = steps
    statistics.textContent = `μ = ${format(used.mean)}   σ² = ${format(used.variance)}   √(σ² + ε) = ${format(deviation)}${remark(now, used.variance)}`
    stored.replaceChildren(storage(file, used))
    fold.replaceChildren(
      `α = γ / √(σ² + ε) = ${format(alpha)}`,
      h("br"),
      `w′ = α·w = ${format(steps.weight)}   b′ = α·(b − μ) + β = ${format(steps.bias)}`,
    )
    const judged = judge(steps)
    verdict.replaceChildren(
      h(
        "strong",
        { class: judged.holds ? "good" : "bad" },
        judged.holds ? "✓ the same. " : "✗ not the same. ",
      ),
      judged.text,
    )
    verdict.dataset.holds = String(judged.holds)
    every.replaceChildren(tableOf(steps))
  }

  return { element, show, describe: () => summary(stateOf(model), batchNormSteps(stateOf(model))) }
}

function part(title: string, ...children: HTMLElement[]): HTMLElement {
  return h("section", {}, h("h4", {}, title), ...children)
}

function summary(now: PlaygroundState, { used, alpha }: BatchNormSteps): string {
  return `mean ${format(used.mean)}, variance ${format(used.variance)}, eps ${format(now.eps)}, alpha ${format(alpha)}; input ${now.sample} is ${format(now.samples[now.sample] ?? Number.NaN)}`
}

/** What eps does to this variance. */
function remark({ eps }: PlaygroundState, variance: number): string {
  if (variance === 0)
    return eps === 0 ? ". Nothing varies: 0 / 0." : ". Nothing varies: ε alone prevents 0 / 0."
  if (eps > variance) return `. ε is ${format(eps / variance)} times the variance: it decides.`
  if (eps > variance / 100) return `. ε is ${format((100 * eps) / variance)} % of the variance.`
  return ". ε hardly matters here."
}

interface Judged {
  readonly holds: boolean
  readonly text: string
}

/** The sample that is farthest beyond its bound, or nearest to it. */
function judge({ samples, alpha, wantedAlpha }: BatchNormSteps): Judged {
  const gaps = samples.map(({ z, folded, bound }) => ({ gap: Math.abs(z - folded), bound }))
  if (gaps.some(({ gap }) => Number.isNaN(gap)))
    return { holds: false, text: "There is no number to compare." }
  const worst = gaps.reduce((a, b) => (b.gap * a.bound > a.gap * b.bound ? b : a))
  const far = `Largest difference ${format(worst.gap)}, rounding explains ${format(worst.bound)}`
  if (worst.gap <= worst.bound) return { holds: true, text: `${far}.` }
  const times = alpha === wantedAlpha ? "" : `; α is ${format(alpha / wantedAlpha)} times the right one`
  return { holds: false, text: `${far}${times}.` }
}

function storage(file: BatchNormSteps["stored"], used: BatchNormSteps["used"]): HTMLElement {
  return table(
    ["blob", "in the file", "÷ n"],
    [
      ["0: mean · n", file.mean, `μ = ${format(used.mean)}`],
      ["1: variance · n", file.variance, `σ² = ${format(used.variance)}`],
      ["2: factor n", file.factor, file.factor === 0 ? "0: all is taken as 0" : ""],
    ],
  )
}

function tableOf({ samples }: BatchNormSteps): HTMLElement {
  return table(
    ["input", "u", "x = w·u + b", "x − μ", "BatchNorm y", "Scale z", "folded", "difference", "bound"],
    samples.map(({ u, x, centred, y, z, folded, bound }, i) => {
      return [String(i), u, x, centred, y, z, folded, Math.abs(z - folded), bound]
    }),
  )
}
