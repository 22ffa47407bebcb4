import type { Linear } from "./linear.js"
import type { Order, Owner } from "./orders.js"
import type { Step } from "./steps.js"

/** Which maps a script folded: this layer's, none, this layer's twice, or those of all layers that share its weights. */
type Which = "own" | "none" | "twice" | "sharers"

/**
 * The fold with a switch for every place where scripts go wrong. All on "own" (or "inside", true, false) it is the right one:
 *
 *     alpha = g / sqrt(v / n + eps)      W' = W alpha      b' = (b - m / n) alpha + beta
 *
 * with m, v, n the three blobs of BatchNorm, g and beta those of Scale.
 */
export interface Formula {
  readonly eps: "own" | number
  readonly place: "inside" | "outside"
  readonly root: boolean
  readonly varianceFactor: "own" | "ignored"
  readonly meanFactor: "own" | "ignored"
  readonly gain: "own" | "lost"
  readonly constants: "own" | "lost"
  readonly mean: "own" | "added" | "lost" | "unscaled"
  readonly ownBias: "own" | "lost" | "unscaled"
  readonly scaleBias: "own" | "lost"
  /** alpha once more in the sum. */
  readonly leading: boolean
  readonly before: "own" | "shift lost"
  readonly bias: "own" | "none"
  readonly weightSteps: Which
  readonly biasSteps: Which
  readonly order: Order | undefined
  readonly owner: Owner | undefined
}

export const right: Formula = {
  eps: "own",
  place: "inside",
  root: true,
  varianceFactor: "own",
  meanFactor: "own",
  gain: "own",
  constants: "own",
  mean: "own",
  ownBias: "own",
  scaleBias: "own",
  leading: false,
  before: "own",
  bias: "own",
  weightSteps: "own",
  biasSteps: "own",
  order: undefined,
  owner: undefined,
}

/** The original's numbers that a layer of the merged net was made of. */
export interface Target {
  readonly from: Linear
  readonly to: Linear
  /** Maps of the layer's bottom that went into it, and of its top. */
  readonly before: readonly Step[]
  readonly steps: readonly Step[]
  /** The maps after every layer that shares its weights, in running order, its own included; empty where none does. */
  readonly sharers: readonly Step[]
}

/** Per channel, in double. */
export interface Derived {
  /** alpha */
  readonly gain: Float64Array
  /** The factor of an input channel. */
  readonly inputGain: Float64Array | undefined
  readonly bias: Float64Array
  /** Sum of the sizes of what was added up: rounding is relative to this. */
  readonly size: Float64Array
}

/** The parameters that a script with this formula would have written; a weight is `weightAt`. */
export function derive({ from, before, steps, sharers }: Target, formula: Formula): Derived {
  const lists: Readonly<Record<Which, readonly Step[]>> = {
    own: steps,
    none: [],
    twice: [...steps, ...steps],
    sharers,
  }
  const channels = from.outputs
  const gain = gainOf(lists[formula.weightSteps], formula, channels)
  const bias = new Float64Array(channels)
  const size = new Float64Array(channels)
  if (formula.ownBias === "own") addBias(from, bias, size)
  const inputGain = before.length > 0 ? gainOf(before, formula, channelsOf(before[0]!)) : undefined
  if (before.length > 0 && formula.before === "own") addInputShift(from, before, formula, bias, size)
  push(lists[formula.biasSteps], formula, bias, size)
  if (formula.ownBias === "unscaled") addBias(from, bias, size)
  if (formula.bias === "none") return { gain, inputGain, bias: bias.fill(0), size: size.fill(0) }
  return { gain, inputGain, bias, size }
}

/** A derived weight of the merged layer. */
export function weightAt(
  { from }: Target,
  { order, owner }: Formula,
): (derived: Derived, index: number) => number {
  const source = order?.source(from)
  const channel = owner?.channel(from) ?? from.output
  return ({ gain, inputGain }, index) => {
    const at = source ? source(index) : index
    const own = from.weight[at]! * gain[channel(at)]!
    return inputGain ? own * inputGain[from.input(at)]! : own
  }
}

export function channelsOf(step: Step): number {
  return step.kind === "norm" ? step.mean.length : step.gain.length
}

function addBias({ bias: own }: Linear, bias: Float64Array, size: Float64Array): void {
  own?.forEach((b, c) => {
    bias[c]! += b
    size[c]! += Math.abs(b)
  })
}

/** b + sum of W shift: what a constant in every input pixel adds, the padding taken for one. */
function addInputShift(
  from: Linear,
  before: readonly Step[],
  formula: Formula,
  bias: Float64Array,
  size: Float64Array,
): void {
  const shift = new Float64Array(channelsOf(before[0]!))
  push(before, formula, shift, new Float64Array(shift.length))
  from.weight.forEach((w, index) => {
    const term = w * shift[from.input(index)]!
    bias[from.output(index)]! += term
    size[from.output(index)]! += Math.abs(term)
  })
}

/** 1 / sqrt(v / n + eps), as the formula has it. */
export function inverseDeviation(
  { variance, factor, eps }: Extract<Step, { kind: "norm" }>,
  formula: Formula,
  channel: number,
): number {
  const e = formula.eps === "own" ? eps : formula.eps
  const v = average(variance[channel]!, factor, formula.varianceFactor)
  if (!formula.root) return 1 / (v + e)
  return formula.place === "inside" ? 1 / Math.sqrt(v + e) : 1 / (Math.sqrt(v) + e)
}

/** Caffe takes 0 for both statistics where the factor is 0 (batch_norm_layer.cpp); a script that ignores it takes 1. */
export function average(stored: number, factor: number, mode: "own" | "ignored"): number {
  if (mode === "ignored") return stored
  return factor === 0 ? 0 : stored / factor
}

function gainOf(steps: readonly Step[], formula: Formula, channels: number): Float64Array {
  const gain = new Float64Array(channels).fill(1)
  for (const step of steps) {
    for (let c = 0; c < channels; c++) gain[c]! *= factorAt(step, formula, c)
  }
  return gain
}

function factorAt(step: Step, formula: Formula, channel: number): number {
  if (step.kind === "norm") return inverseDeviation(step, formula, channel)
  return formula[step.kind === "scale" ? "gain" : "constants"] === "lost" ? 1 : step.gain[channel]!
}

/** Carries a constant through the maps, in place. */
function push(steps: readonly Step[], formula: Formula, bias: Float64Array, size: Float64Array): void {
  const channels = bias.length
  for (const step of steps) {
    for (let c = 0; c < channels; c++) {
      const factor = factorAt(step, formula, c)
      let [plus, after] = [0, 0]
      if (step.kind === "norm") {
        const mean = average(step.mean[c]!, step.factor, formula.meanFactor)
        if (formula.mean === "own") plus = -mean
        if (formula.mean === "added") plus = mean
      } else if (!(formula.scaleBias === "lost" && step.kind === "scale")) after = step.bias?.[c] ?? 0
      bias[c] = (bias[c]! + plus) * factor + after
      size[c] = (size[c]! + Math.abs(plus)) * Math.abs(factor) + Math.abs(after)
    }
  }
  if (formula.mean === "unscaled") subtractMeans(steps, formula, bias, size)
  if (!formula.leading || steps.length === 0) return
  gainOf(steps, formula, channels).forEach((alpha, c) => {
    bias[c]! += alpha
    size[c]! += Math.abs(alpha)
  })
}

function subtractMeans(
  steps: readonly Step[],
  formula: Formula,
  bias: Float64Array,
  size: Float64Array,
): void {
  for (const step of steps) {
    if (step.kind !== "norm") continue
    step.mean.forEach((stored, c) => {
      const mean = average(stored, step.factor, formula.meanFactor)
      bias[c]! -= mean
      size[c]! += Math.abs(mean)
    })
  }
}
