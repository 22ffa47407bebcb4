import type { Formula, Target } from "./formula.js"
import { type Order, type Owner, orders, owners } from "./orders.js"
import type { Norm, Step } from "./steps.js"

/** One thing that scripts get wrong: the formula they then use, and what the reader should know. */
export interface Hypothesis {
  readonly bug: string
  /** What it changes in the right formula. */
  readonly change: Partial<Formula>
  /** Bugs of the bias leave the weights right. */
  readonly part: "weights" | "bias"
  /** Which layer of the original it is about. */
  readonly about: "linear" | "norm" | "scale" | "constant"
  readonly explanation: string
  readonly fix: string
  /** Could it show in this layer? */
  readonly applies: (target: Target) => boolean
}

const norms = ({ steps, before }: Target): Norm[] =>
  [...before, ...steps].filter((step): step is Norm => step.kind === "norm")
const scales = ({ steps, before }: Target) => [...before, ...steps].filter(({ kind }) => kind === "scale")
const some = <T>(list: readonly T[], holds: (item: T) => boolean) => list.some(holds)
const hasSteps = ({ steps, before }: Target) => steps.length + before.length > 0
const hasBias = (step: Step) => step.kind === "scale" && (step.bias?.some((b) => b !== 0) ?? false)

const readEps = "read batch_norm_param.eps of each layer (1e-5 where it is absent)"

/** eps values that tools have in their code, the likeliest first. */
const epsValues: readonly (readonly [value: number, bug: string, where: string])[] = [
  [2 ** -52, "machine epsilon instead of the layer's eps", "np.finfo(double).eps, 2.2e-16"],
  [0, "no eps at all", "eps 0"],
  [1e-5, "a hard-coded eps", "eps 1e-5, Caffe's default"],
  [1e-6, "a hard-coded eps", "eps 1e-6"],
  [1e-3, "a hard-coded eps", "eps 1e-3, the default of TensorFlow and Keras"],
  [1e-4, "a hard-coded eps", "eps 1e-4"],
  [1e-9, "a hard-coded eps", "eps 1e-9"],
  [2 ** -23, "machine epsilon instead of the layer's eps", "float32's machine epsilon, 1.2e-7"],
  [1e-8, "a hard-coded eps", "eps 1e-8"],
  [1e-10, "a hard-coded eps", "eps 1e-10"],
  [1e-7, "a hard-coded eps", "eps 1e-7"],
  [1e-2, "a hard-coded eps", "eps 1e-2"],
]

/** A formula with this eps in place of the layer's own. */
export function epsHypothesis(eps: number, bug: string, where: string): Hypothesis {
  return {
    bug,
    change: { eps },
    part: "weights",
    about: "norm",
    explanation: `alpha = g / sqrt(v + eps) was computed with ${where}, not with the layer's eps; channels with a small variance v suffer most`,
    fix: readEps,
    applies: (target) => some(norms(target), (norm) => Math.abs(norm.eps - eps) > 1e-6 * eps),
  }
}

const twice = {
  part: "weights",
  about: "linear",
  explanation:
    "the weights were multiplied by alpha more than once: layers that share weights (param { name }) hold one blob, and a script that goes from layer to layer scales it each time",
  fix: "fold only layers whose weights are their own; run the script once",
  applies: hasSteps,
} as const

const ofWeights: readonly Hypothesis[] = [
  ...epsValues.map((entry) => epsHypothesis(...entry)),
  {
    bug: "eps outside the root",
    change: { place: "outside" },
    part: "weights",
    about: "norm",
    explanation: "1 / (sqrt(v) + eps) instead of 1 / sqrt(v + eps)",
    fix: "add eps to the variance, then take the root",
    applies: (target) => norms(target).length > 0,
  },
  {
    bug: "root forgotten",
    change: { root: false },
    part: "weights",
    about: "norm",
    explanation:
      "divided by v + eps, the variance, instead of its root: blob 1 holds a variance, not a standard deviation",
    fix: "divide by sqrt(v + eps)",
    applies: (target) => norms(target).length > 0,
  },
  {
    bug: "moving-average factor ignored",
    change: { varianceFactor: "ignored", meanFactor: "ignored" },
    part: "weights",
    about: "norm",
    explanation:
      "mean and variance are stored as sums: both must be divided by blob 2, the factor, and were taken as they stand. Where the factor is 0, Caffe takes 0 for both",
    fix: "divide blobs 0 and 1 by blob 2, or take 0 for both where it is 0",
    applies: (target) => some(norms(target), ({ factor }) => factor !== 1),
  },
  {
    bug: "variance not divided by the factor",
    change: { varianceFactor: "ignored" },
    part: "weights",
    about: "norm",
    explanation: "the mean was divided by blob 2, the moving average's factor, the variance was not",
    fix: "divide both blobs 0 and 1 by blob 2",
    applies: (target) => some(norms(target), ({ factor }) => factor !== 1),
  },
  {
    bug: "Scale factor lost",
    change: { gain: "lost" },
    part: "weights",
    about: "scale",
    explanation: "alpha = 1 / sqrt(v + eps): the factor g of the Scale after the BatchNorm is missing",
    fix: "multiply by blob 0 of the Scale",
    applies: (target) =>
      some(scales(target), (step) => step.kind !== "norm" && step.gain.some((g) => g !== 1)),
  },
  {
    bug: "dropout factor missing",
    change: { constants: "lost" },
    part: "weights",
    about: "constant",
    explanation:
      "the layer was removed as if it copied, but it multiplies at test time too: by 1 - ratio with scale_train: false (caffe-fast-rcnn), by 1 / (1 - p) in ENet's SpatialDropout",
    fix: "multiply weights and bias of the layer before it by its factor, for every such layer",
    applies: ({ steps, before }) => some([...before, ...steps], ({ kind }) => kind === "constant"),
  },
  {
    bug: "dropped without folding",
    change: { weightSteps: "none", biasSteps: "none" },
    part: "weights",
    about: "norm",
    explanation:
      "the layer is gone and the weights before it are what they were: its factor and shift are in no layer",
    fix: "fold it, or keep it",
    applies: ({ steps }) => steps.length > 0,
  },
  { bug: "scaled twice", change: { weightSteps: "twice", biasSteps: "twice" }, ...twice },
  { bug: "scaled twice", change: { weightSteps: "twice" }, ...twice },
  {
    bug: "scaled twice",
    change: { weightSteps: "sharers", biasSteps: "sharers" },
    ...twice,
    applies: ({ sharers }) => sharers.length > 0,
  },
  {
    bug: "scaled twice",
    change: { weightSteps: "sharers" },
    ...twice,
    applies: ({ sharers }) => sharers.length > 0,
  },
  ...orders.map(ofOrder),
  ...owners.map(ofOwner),
]

function ofOrder(order: Order): Hypothesis {
  const { bug, explanation, fix } = order
  const applies = ({ from }: Target) => order.source(from) !== undefined
  return { bug, explanation, fix, change: { order }, part: "weights", about: "linear", applies }
}

function ofOwner(owner: Owner): Hypothesis {
  const { bug, explanation, fix } = owner
  const applies = (target: Target) => hasSteps(target) && owner.channel(target.from) !== undefined
  return { bug, explanation, fix, change: { owner }, part: "weights", about: "linear", applies }
}

const ofBias: readonly Hypothesis[] = [
  {
    bug: "mean not divided by the factor",
    change: { meanFactor: "ignored" },
    part: "bias",
    about: "norm",
    explanation: "the variance was divided by blob 2, the moving average's factor, the mean was not",
    fix: "divide both blobs 0 and 1 by blob 2",
    applies: (target) => some(norms(target), ({ factor }) => factor !== 1),
  },
  {
    bug: "Scale bias lost",
    change: { scaleBias: "lost" },
    part: "bias",
    about: "scale",
    explanation: "b' = (b - m) alpha: beta, the bias of the Scale, is missing",
    fix: "add blob 1 of the Scale (scale_param { bias_term: true })",
    applies: (target) => scales(target).some(hasBias),
  },
  {
    bug: "the layer's own bias lost",
    change: { ownBias: "lost" },
    part: "bias",
    about: "linear",
    explanation: "b' = beta - m alpha: the layer had a bias b of its own, and b alpha is missing",
    fix: "b' = (b - m) alpha + beta: BatchNorm subtracts its mean from W x + b, not from W x",
    applies: ({ from }) => from.bias?.some((b) => b !== 0) ?? false,
  },
  {
    bug: "the layer's own bias not multiplied by alpha",
    change: { ownBias: "unscaled" },
    part: "bias",
    about: "linear",
    explanation:
      "b' = b - m alpha + beta: the layer's own bias b goes through the BatchNorm too and must be multiplied",
    fix: "b' = (b - m) alpha + beta",
    applies: (target) => hasSteps(target) && (target.from.bias?.some((b) => b !== 0) ?? false),
  },
  {
    bug: "sign of the mean wrong",
    change: { mean: "added" },
    part: "bias",
    about: "norm",
    explanation: "b' = (b + m) alpha + beta: the mean is subtracted, not added",
    fix: "b' = (b - m) alpha + beta",
    applies: (target) => some(norms(target), ({ mean }) => mean.some((m) => m !== 0)),
  },
  {
    bug: "mean lost",
    change: { mean: "lost" },
    part: "bias",
    about: "norm",
    explanation: "b' = b alpha + beta: the BatchNorm's mean m is missing",
    fix: "b' = (b - m) alpha + beta",
    applies: (target) => some(norms(target), ({ mean }) => mean.some((m) => m !== 0)),
  },
  {
    bug: "mean not multiplied by alpha",
    change: { mean: "unscaled" },
    part: "bias",
    about: "norm",
    explanation: "b' = b alpha - m + beta: the mean was subtracted after the division",
    fix: "b' = (b - m) alpha + beta",
    applies: (target) => some(norms(target), ({ mean }) => mean.some((m) => m !== 0)),
  },
  {
    bug: "alpha added to the bias",
    change: { leading: true },
    part: "bias",
    about: "norm",
    explanation: "b' = alpha - m alpha + beta: the first alpha has no business there",
    fix: "b' = (b - m) alpha + beta; for BatchNorm and Scale merged into one Scale, beta - m alpha",
    applies: (target) => norms(target).length > 0,
  },
  {
    bug: "bias not written",
    change: { bias: "none" },
    part: "bias",
    about: "linear",
    explanation:
      "the merged layer has no bias, or all zeros: the fold's b' = (b - m) alpha + beta was not stored",
    fix: "set bias_term: true and store b' as blob 1",
    applies: () => true,
  },
  {
    bug: "shift in front not folded",
    change: { before: "shift lost" },
    part: "bias",
    about: "norm",
    explanation: "of the map before the layer only the factor was folded; its shift adds W shift to the bias",
    fix: "b' = b + sum of W[:, i] shift[i] over inputs and taps",
    applies: ({ before }) => before.length > 0,
  },
]

/** Every single mistake that is known, the likeliest first. */
export const hypotheses: readonly Hypothesis[] = [...ofWeights, ...ofBias]
