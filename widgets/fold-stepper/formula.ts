import { button, h, setAll } from "../shared/dom.js"
import { format } from "../shared/numbers.js"
import type { Shown } from "./model.js"

/** A part of a formula: plain, or a term that this step brings in. */
type Part = string | readonly [term: string]

export interface Step {
  readonly title: string
  readonly sentence: (shown: Shown) => string
  /** The formula with its terms, and with this channel's numbers. */
  readonly formula: readonly Part[]
  readonly numbers: (shown: Shown) => string
}

const minus = (x: number) => (x < 0 ? `+ ${format(-x)}` : `− ${format(x)}`)
const plus = (x: number) => (x < 0 ? `− ${format(-x)}` : `+ ${format(x)}`)

/** The fold as it is done, one term after the other. */
export const steps: readonly Step[] = [
  {
    title: "Read the statistics",
    sentence: ({ site: { norm, scale } }) =>
      `${norm} stores sums, not averages: blob 0 of means, blob 1 of variances, and blob 2, n, says how much was summed. ${scale ? `${scale} holds γ and β.` : "There is no Scale: γ is 1, β is 0."}`,
    formula: [["blob 0"], ["blob 1"], ["n"], ["γ"], ["β"]],
    numbers: ({ result: { stored, gamma, beta } }) =>
      [stored.mean, stored.variance, stored.factor, gamma, beta].map(format).join(",  "),
  },
  {
    title: "Divide by the factor n",
    sentence: ({ factorIgnored }) =>
      factorIgnored
        ? "This script forgets n and takes the sums for averages."
        : "Mean and variance are the stored sums divided by n, in double precision.",
    formula: [["μ"], " = blob 0 / n,  ", ["σ²"], " = blob 1 / n"],
    numbers: ({ result: { mean, variance } }) => `μ = ${format(mean)},  σ² = ${format(variance)}`,
  },
  {
    title: "Alpha",
    sentence: ({ result: { variance, eps } }) =>
      variance === 0
        ? "Nothing varies here: ε alone decides."
        : eps > variance
          ? `ε is ${format(eps / variance)} times the variance: here it decides.`
          : `ε is ${format((100 * eps) / variance)} % of the variance: ${eps * 1000 > variance ? "a wrong one shows" : "hardly felt in this channel"}.`,
    formula: [["α"], " = γ / √(σ² + ", ["ε"], ")"],
    numbers: ({ result: { gamma, variance, eps, alpha } }) =>
      `${format(gamma)} / √(${format(variance)} + ${format(eps)}) = ${format(alpha)}`,
  },
  {
    title: "Scale the weights",
    sentence: ({ result: { alpha } }) =>
      `Every weight of the channel is multiplied by α and rounded once to float32: the same picture${alpha < 0 ? " with its signs turned" : ""}, on another scale.`,
    formula: [["W′"], " = α·", ["W"]],
    numbers: ({ result: { alpha, inputs, kernel } }) =>
      `${format(alpha)} · ${[inputs, ...kernel].join(" × ")} weights`,
  },
  {
    title: "Carry the bias",
    sentence: ({ result: { bias } }) =>
      `The layer's own bias, ${bias === 0 ? "here 0" : format(bias)}, goes into the batch norm too: the mean is taken from it, α multiplies both, β is added.`,
    formula: [["b′"], " = α·(", ["b"], " − μ) + β"],
    numbers: ({ result: { alpha, mean, taken, foldedBias } }) =>
      `${format(alpha)}·(${format(taken.bias)} ${minus(mean)}) ${plus(taken.beta)} = ${format(foldedBias)}`,
  },
  {
    title: "Compare the outputs",
    sentence: ({ result: { outputs, probes } }) =>
      `Layers and folded layer get the same inputs (probe ${probes[outputs?.probe ?? 0]?.name ?? ""}). Rounding alone may take them apart by the bound, and no more.`,
    formula: ["|", ["z"], " − ", ["z′"], "| ≤ ", ["bound"]],
    numbers({ result: { outputs, probes } }) {
      const probe = probes[outputs?.probe ?? 0]
      return probe
        ? `${format(probe.difference)} ${probe.ratio <= 1 ? "≤" : ">"} ${format(probe.bound)}`
        : "nothing was folded"
    },
  },
]

/** All steps' formulas: those done carry numbers, the current one its new terms marked. */
export function formulaLines(choose: (step: number) => void) {
  // A button that was replaced between press and release would not hear the click: all parts stay.
  const lines = steps.map(({ title, formula }, i) => {
    const numbers = h("span", { class: "numbers" })
    const isList = formula.every((part) => typeof part !== "string")
    const parts = formula.flatMap((part, j) => {
      if (typeof part === "string") return [part]
      return [...(j > 0 && isList ? [", "] : []), h("mark", {}, part[0])]
    })
    const name = button(`${i + 1} ${title}`, () => choose(i))
    return { element: h("li", {}, name, h("span", {}, ...parts), numbers), numbers }
  })
  return {
    element: h("ol", {}, ...lines.map(({ element }) => element)),
    update(step: number, shown: Shown | undefined) {
      lines.forEach(({ element, numbers }, i) => {
        setAll(element, { "aria-current": i === step && "step", class: i > step && "later" })
        numbers.textContent = i <= step && shown ? steps[i]!.numbers(shown) : ""
      })
    },
  }
}
