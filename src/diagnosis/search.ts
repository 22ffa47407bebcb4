import { type Derived, derive, type Formula, right, type Target, weightAt } from "./formula.js"
import { epsHypothesis, type Hypothesis, hypotheses } from "./hypotheses.js"
import { coarsePrecisions, type Precision, single } from "./precision.js"
import type { Norm } from "./steps.js"

/** A formula that gives the stored parameters, all of them. */
export interface Fit {
  readonly target: Target
  /** What differs from the right formula: empty when nothing does. */
  readonly bugs: readonly Hypothesis[]
  readonly formula: Formula
  readonly derived: Derived
  readonly precision: Precision
}

/** So many mistakes at once are looked for, in the weights and in the bias. */
const MOST = { weights: 2, bias: 2 }

/**
 * The formulas with the fewest mistakes that give every stored parameter of the target to within a few roundings, in the order of the
 * table of hypotheses. Weights and bias are searched one after the other: a mistake of the bias leaves the weights right.
 *
 * @returns an empty list when no formula fits
 */
export function search(target: Target): Fit[] {
  const { weight, bias } = target.to
  for (const precision of [single, ...coarsePrecisions(weight, bias)]) {
    const fits = fitsWithin(target, precision)
    if (fits.length > 0) return fits
  }
  return []
}

/** The right formula, whatever the precision. */
export function rightFit(target: Target): Fit {
  return { target, bugs: [], formula: right, derived: derive(target, right), precision: single }
}

function fitsWithin(target: Target, precision: Precision): Fit[] {
  if (target.from.weight.length !== target.to.weight.length) return []
  const known = hypotheses.filter(({ applies }) => applies(target))
  const weights = known.filter(({ part }) => part === "weights")
  const biases = combinations(
    known.filter(({ part }) => part === "bias"),
    MOST.bias,
  )
  let best: Fit[] = []
  let least = Number.POSITIVE_INFINITY
  const other = otherEps(target)
  for (const combination of combinations(other ? [...weights, other] : weights, MOST.weights)) {
    if (combination.length > least) break
    const formula = change(right, combination)
    if (!weightsFit(target, formula, derive(target, formula), precision)) continue
    for (const extra of biases) {
      const bugs = [...combination, ...extra]
      if (bugs.length > least) break
      if (!isDisjoint(bugs)) continue
      const whole = change(right, bugs)
      const derived = derive(target, whole)
      if (!biasFits(target, derived, precision)) continue
      if (bugs.length < least) best = []
      least = bugs.length
      best.push({ target, bugs, formula: whole, derived, precision })
    }
  }
  // An eps solved for is an explanation only where none of those that tools use is.
  const usual = best.filter(({ bugs }) => !other || !bugs.includes(other))
  return usual.length > 0 ? usual : best
}

function change(formula: Formula, bugs: readonly Hypothesis[]): Formula {
  return Object.assign({}, formula, ...bugs.map((bug) => bug.change))
}

/** No two of them change the same switch. */
function isDisjoint(bugs: readonly Hypothesis[]): boolean {
  const switches = bugs.flatMap((bug) => Object.keys(bug.change))
  return new Set(switches).size === switches.length
}

/** All sets of at most `most`, the small ones first. */
function combinations(bugs: readonly Hypothesis[], most: number): Hypothesis[][] {
  const sets: Hypothesis[][] = [[]]
  let last: (readonly [Hypothesis[], number])[] = [[[], 0]]
  for (let size = 1; size <= most; size++) {
    last = last.flatMap(([set, from]) =>
      bugs.slice(from).map((bug, i): [Hypothesis[], number] => [[...set, bug], from + i + 1]),
    )
    sets.push(...last.map(([set]) => set).filter(isDisjoint))
  }
  return sets
}

export function agrees(stored: number, derived: number, size: number, precision: Precision): boolean {
  if (Object.is(stored, derived) || stored === derived) return true
  // What overflows float32 is infinite there.
  if (!Number.isFinite(stored) || !Number.isFinite(derived)) return Math.fround(derived) === stored
  return Math.abs(stored - derived) <= precision.relative * size + precision.absolute
}

function weightsFit(target: Target, formula: Formula, derived: Derived, precision: Precision): boolean {
  const { weight } = target.to
  const at = weightAt(target, formula)
  for (let index = 0; index < weight.length; index++) {
    const value = at(derived, index)
    if (!agrees(weight[index]!, value, Math.abs(value), precision)) return false
  }
  return true
}

/** Every bias of the target against the derived one; a layer without one adds 0. */
export function biasFits({ to }: Target, { bias, size }: Derived, precision: Precision): boolean {
  return bias.every((value, c) => agrees(to.bias?.[c] ?? 0, value, size[c]!, precision))
}

/** Do the weights alone follow the right formula? */
export function rightWeights(target: Target): boolean {
  const { derived } = rightFit(target)
  return target.from.weight.length === target.to.weight.length && weightsFit(target, right, derived, single)
}

/**
 * An eps that is in no table: solved from the channel with the least variance, v + eps = (w / w')^2, and rounded to two digits. It is a
 * hypothesis like the others, and must fit every channel.
 */
function otherEps(target: Target): Hypothesis | undefined {
  const { steps, from, to, before } = target
  const norms = steps.filter((step): step is Norm => step.kind === "norm")
  const [norm] = norms
  if (norms.length !== 1 || before.length > 0 || norm!.factor === 0) return undefined
  const zero = change(right, [epsHypothesis(0, "", "")])
  const at = weightAt(target, zero)
  const derived = derive(target, zero)
  let least: { eps: number; variance: number } | undefined
  for (let index = 0; index < from.weight.length; index++) {
    const variance = norm!.variance[from.output(index)]! / norm!.factor
    if (to.weight[index] === 0 || (least && least.variance <= variance)) continue
    const eps = variance * ((at(derived, index) / to.weight[index]!) ** 2 - 1)
    if (eps > 0 && Number.isFinite(eps)) least = { eps, variance }
  }
  if (!least) return undefined
  const eps = Number(least.eps.toPrecision(2))
  const isKnown = hypotheses.some((known) => typeof known.change.eps === "number" && known.change.eps === eps)
  return isKnown ? undefined : epsHypothesis(eps, "a hard-coded eps", `eps ${eps}`)
}
