import { short } from "../equivalence/place.js"
import type { Pair } from "./align.js"
import type { Draft } from "./finding.js"
import { average, inverseDeviation, right, type Target, weightAt } from "./formula.js"
import type { Hypothesis } from "./hypotheses.js"
import { roundedTo, single } from "./precision.js"
import { agrees, type Fit, rightFit } from "./search.js"
import type { Norm, Step } from "./steps.js"

/** So many other explanations are named. */
const MOST_SHOWN = 3

/** What a fit says, one draft for each mistake in it. `others`: what else would give the same numbers. */
export function draftsOf(fit: Fit, region: readonly Pair[], others: readonly Fit[]): Draft[] {
  const { target, bugs, precision } = fit
  const { from, to } = target
  const parameters = to.weight.length + (to.bias?.length ?? 0)
  const doubt = doubtOf(fit, others)
  const drafts = bugs.map((bug): Draft => {
    const { explanation, fix } = bug
    return {
      layer: layerOf(bug, target),
      into: to.layer.name,
      bug: bug.bug,
      explanation,
      evidence: `${evidenceOf(bug, fit)}${doubt}`,
      fix,
      parameters,
      region,
    }
  })
  if (precision === single) return drafts
  const evidence = `all ${parameters} parameters of ${to.layer.name} are ${precision.name} numbers${bugs.length === 0 ? " and otherwise right" : ""}`
  return [
    ...drafts,
    { layer: from.layer.name, into: to.layer.name, ...roundedTo(precision), evidence, parameters, region },
  ]
}

/** What else gives the same numbers. */
function doubtOf({ bugs }: Fit, others: readonly Fit[]): string {
  const own = new Set(bugs.map(wordsOf))
  const words = others.map((other) =>
    other.bugs
      .map(wordsOf)
      .filter((each) => !own.has(each))
      .join(" and "),
  )
  const also = [...new Set(words)].filter((each) => each !== "")
  if (also.length === 0) return ""
  const more = also.length > MOST_SHOWN ? ` and ${also.length - MOST_SHOWN} more` : ""
  return `; these numbers do not tell it from ${also.slice(0, MOST_SHOWN).join(", ")}${more}`
}

function wordsOf({ bug, change: { eps } }: Hypothesis): string {
  return typeof eps === "number" ? `eps ${short(eps)}` : bug
}

function layerOf({ about }: Hypothesis, { from, steps, before }: Target): string {
  const of = [...before, ...steps].find(({ kind }) => kind === about) ?? steps[0] ?? before[0]
  return about === "linear" || !of ? from.layer.name : of.layer.name
}

function evidenceOf(bug: Hypothesis, fit: Fit): string {
  const { target } = fit
  if (bug.change.order || bug.change.owner) return placeEvidence(fit)
  return bug.part === "bias" ? biasEvidence(fit) : `${gainEvidence(fit)}; ${agreement(target)}`
}

/** The channel whose factor is farthest from the right one. */
function gainEvidence({ target, derived, formula }: Fit): string {
  const { derived: wanted } = rightFit(target)
  const onInput = derived.inputGain && target.before.length > 0
  const [is, should] = onInput ? [derived.inputGain!, wanted.inputGain!] : [derived.gain, wanted.gain]
  const steps = onInput ? target.before : target.steps
  const worst = indexOfMost(is, (gain, c) => distance(gain, should[c]!))
  const norm = steps.find((step): step is Norm => step.kind === "norm")
  const numbers = norm ? `${statistics(norm, worst)}, ` : ""
  const used = typeof formula.eps === "number" ? ` (with eps ${short(formula.eps)})` : ""
  const [stores, alpha] = apart(is[worst]!, should[worst]!)
  return `${onInput ? "input channel" : "channel"} ${worst}: ${numbers}alpha ${alpha}; the stored weights have ${stores}${used}, ${times(is[worst]! / should[worst]!)}`
}

/** Both numbers with as many digits as it takes to see the difference. */
function apart(x: number, y: number): [string, string] {
  let digits = 4
  while (digits < 12 && short(x, digits) === short(y, digits)) digits++
  return [short(x, digits), short(y, digits)]
}

function times(ratio: number): string {
  const off = Math.abs(ratio - 1)
  return off < 0.01 ? `off by ${short(100 * off)} %` : `${short(ratio)} times as much`
}

/** `variance 3e-9, eps 1e-5` */
function statistics(norm: Norm, channel: number): string {
  const { variance, factor, eps } = norm
  const divided = factor === 1 ? "" : ` / ${short(factor)}`
  return `variance ${short(variance[channel]!)}${divided}, eps ${short(eps)}`
}

function biasEvidence(fit: Fit): string {
  const { target, derived } = fit
  const { derived: wanted } = rightFit(target)
  const worst = indexOfMost(derived.bias, (b, c) => Math.abs(b - wanted.bias[c]!) / (wanted.size[c]! || 1))
  const parts = termsOf(target, worst)
  const [is, should] = apart(target.to.bias?.[worst] ?? 0, wanted.bias[worst]!)
  return `channel ${worst}: ${parts}${parts ? ", " : ""}b' = ${should}, stored ${is}; ${agreement(target)}`
}

/** `b 0.2, m 1.5, alpha 0.4, beta -0.1` */
function termsOf({ from, steps }: Target, channel: number): string {
  const norm = steps.find((step): step is Norm => step.kind === "norm")
  const scale = steps.find((step): step is Exclude<Step, Norm> => step.kind === "scale")
  const alpha = steps.reduce(
    (product, step) =>
      product * (step.kind === "norm" ? inverseDeviation(step, right, channel) : step.gain[channel]!),
    1,
  )
  const terms: [string, number | undefined][] = [
    ["b", from.bias?.[channel]],
    ["m", norm && average(norm.mean[channel]!, norm.factor, "own")],
    ["alpha", steps.length > 0 ? alpha : undefined],
    ["beta", scale?.bias?.[channel]],
  ]
  return terms.flatMap(([name, x]) => (x === undefined ? [] : [`${name} ${short(x, 4)}`])).join(", ")
}

/** A weight, and where it came from. */
function placeEvidence(fit: Fit): string {
  const { target, formula } = fit
  const { to, from } = target
  const source = formula.order?.source(from)
  const wanted = rightFit(target)
  const rightAt = weightAt(target, right)
  const index = to.weight.findIndex((w, i) => {
    const value = rightAt(wanted.derived, i)
    return !agrees(w, value, Math.abs(value), single)
  })
  if (index < 0) return agreement(target)
  const origin = source ? `, made of the original's weight ${source(index)}` : ""
  const [is, should] = apart(to.weight[index]!, rightAt(wanted.derived, index))
  return `weight ${index} should be ${should} and is ${is}${origin}; ${agreement(target)}`
}

/** How many parameters say so. */
function agreement(target: Target): string {
  const { to } = target
  const wanted = rightFit(target).derived
  const at = weightAt(target, right)
  let wrong = 0
  to.weight.forEach((w, i) => {
    const value = at(wanted, i)
    if (!agrees(w, value, Math.abs(value), single)) wrong++
  })
  wanted.bias.forEach((value, c) => {
    if (!agrees(to.bias?.[c] ?? 0, value, wanted.size[c]!, single)) wrong++
  })
  const all = to.weight.length + wanted.bias.length
  return `all ${all} parameters of ${to.layer.name} follow this formula, ${all - wrong} the right one`
}

function distance(x: number, y: number): number {
  const gap = Math.abs(Math.log(Math.abs(x / y)))
  return Number.isNaN(gap) ? 0 : gap
}

function indexOfMost(data: Float64Array, measure: (x: number, index: number) => number): number {
  let [most, at] = [-1, 0]
  data.forEach((x, i) => {
    const size = measure(x, i)
    if (size > most) [most, at] = [size, i]
  })
  return at
}
