import type { NetCalls } from "../layers/index.js"
import type { Layer, Shape } from "../net/index.js"
import { type Owner, placed, readOnce, type Step, type Steps, typesOf } from "./affine-step.js"
import type { Condition } from "./certificate.js"
import { compareParameters, type Derivation, type Derived, slackOf } from "./derivation.js"
import { type FoldForm, formOf } from "./fold-form.js"
import { LinearLayer } from "./linear-layer.js"
import { deriveMerged } from "./merge-rule.js"
import { geometryOf, sameBlobs } from "./same-layer.js"

export type { Derivation } from "./derivation.js"

/**
 * Derives the parameters of the second layers from the first: the same Convolution, Deconvolution or InnerProduct with constant per-channel
 * steps (BatchNorm, BN, Scale, Bias, Power) on both sides, which the second has in its own weights and bias; or such steps alone, of which
 * the second is one. Every parameter is pushed through the steps by Caffe's own formulas, in double, with the exact quotients blob / factor:
 *
 * - steps after y = W x + b act on W as factors, on b as they are;
 * - steps before act on W as factors of its inputs, and W times what they make of 0 is added to b, if every output sees all taps; else
 *   the second layers keep a Bias, which is what the steps add, divided by their factors;
 * - ReLU and PReLU between are the same on both sides, and only factors of 0 or more pass them.
 *
 * Without any steps parameters are compared with parameters.
 *
 * @returns undefined when the layers do not have this form
 */
export function derive(
  a: NetCalls,
  layers: readonly Layer[],
  b: NetCalls,
  others: readonly Layer[],
): Derivation | undefined {
  const [one, other] = [layers[0], others[0]]
  if (!one || !other) return undefined
  const same = layers.length === 1 && others.length === 1 ? direct(a, one, b, other) : undefined
  if (same) return same
  const form = formOf(a, layers)
  if (!form) return undefined
  if (!form.linear) return deriveMerged(a, layers, form, b, others)
  const into = formOf(b, others)
  if (!into?.linear || into.linear.type !== form.linear.type || into.after.length > 0) return undefined
  if (!sameActivations(a, form, b, into)) return undefined
  const [bias, ...more] = into.before
  if (more.length > 0 || (bias && (bias.layer.type !== "Bias" || into.activationsBefore.length > 0)))
    return undefined
  return linear({ a, layers, form, b, layer: into.linear, bias })
}

/** One layer against one layer of the same type and form: its parameters are its own derivation. */
function direct(a: NetCalls, first: Layer, b: NetCalls, layer: Layer): Derivation | undefined {
  if (first.type !== layer.type) return undefined
  const same = geometryOf(first, bottomsOf(a, first)) === geometryOf(layer, bottomsOf(b, layer))
  if (!same || first.blobs.some(({ data }, i) => data.length !== layer.blobs[i]?.data.length))
    return undefined
  const derived = first.blobs.map(
    ({ data }, blob): Derived => ({
      layer,
      blob,
      length: data.length,
      value: (i) => data[i]!,
      slack: () => 0,
    }),
  )
  return { rule: "same layer", layer, conditions: [], ...compareParameters(derived) }
}

function bottomsOf({ shapes }: NetCalls, { bottoms }: Layer): Shape[] {
  return bottoms.map((bottom) => shapes.get(bottom)!)
}

function sameActivations(a: NetCalls, form: FoldForm, b: NetCalls, into: FoldForm): boolean {
  return (["activationsBefore", "activationsAfter"] as const).every(
    (side) =>
      form[side].length === into[side].length &&
      form[side].every((layer, i) => {
        const other = into[side][i]!
        const same = geometryOf(layer, bottomsOf(a, layer)) === geometryOf(other, bottomsOf(b, other))
        return same && sameBlobs(layer.blobs, other.blobs)
      }),
  )
}

interface LinearFold {
  readonly a: NetCalls
  readonly layers: readonly Layer[]
  readonly form: FoldForm
  readonly b: NetCalls
  readonly layer: Layer
  /** A Bias that the second layers keep before the linear one. */
  readonly bias: Step | undefined
}

function linear({ a, layers, form, b, layer, bias }: LinearFold): Derivation {
  const first = form.linear!
  const own = new LinearLayer(a, first)
  const after = placed(form.after, (step) => own.ownerAfter(step))
  const before = placed(form.before, (step) => own.ownerBefore(step))
  const shift = Float64Array.from({ length: own.inputs }, (_, i) => before.steps.value(0, i))
  const adds = shift.some((each) => each !== 0)
  const ofBias = bias && own.ownerBefore(bias)
  const conditions: Condition[] = [
    {
      condition: `${layer.name} and ${first.name} slide the same window`,
      holds: geometryOf(first, bottomsOf(a, first), false) === geometryOf(layer, bottomsOf(b, layer), false),
    },
    ...readOnce(a, layers),
    ...before.conditions,
    ...after.conditions,
    ...form.conditions,
    ...(bias
      ? [{ condition: bias.own.condition, holds: bias.own.holds && ofBias !== undefined }]
      : adds
        ? [{ condition: `every output of ${first.name} sees all its taps`, holds: own.seesAllTaps }]
        : []),
  ]
  const rule = nameOf(form, bias)
  const derivedLayers = bias ? { layers: [bias.layer, layer] } : {}
  if (conditions.some(({ holds }) => !holds))
    return { rule, layer, ...derivedLayers, conditions, parameters: 0, roundings: 0 }
  const derived = parametersOf(own, layer, before.steps, after.steps, bias ? undefined : shift)
  if (bias && ofBias) derived.push(kept(bias.layer, own.inputs, ofBias, before.steps))
  return { rule, layer, ...derivedLayers, conditions, ...compareParameters(derived) }
}

function nameOf(
  { linear: first, before, after, activationsBefore, activationsAfter }: FoldForm,
  bias?: Step,
) {
  if (before.length + after.length === 0) return "same layer"
  const through = [...new Set([...activationsBefore, ...activationsAfter].map(({ type }) => type))]
  const past = through.length > 0 ? ` past ${through.join(" and ")}` : ""
  const steps = `${bias ? "the factors of " : ""}${typesOf([...before, ...after])}`
  const where = before.length === 0 ? "" : after.length > 0 ? "both sides of " : "the following "
  return `fold ${steps} into ${where}${first!.type}${past}`
}

/** Weights and biases of the linear layer after everything has acted on them. `shift`: what the steps before make of 0, where it moves in. */
function parametersOf(
  own: LinearLayer,
  layer: Layer,
  before: Steps,
  after: Steps,
  shift: Float64Array | undefined,
): Derived[] {
  const { outputs, inputs } = own
  const [weight, bias] = [own.layer.blobs[0]!.data, own.layer.blobs[1]?.data]
  const { output, input } = own.owners()
  const ofOutput = Float64Array.from({ length: outputs }, (_, o) => after.factor(o))
  const ofInput = Float64Array.from({ length: inputs }, (_, i) => before.factor(i))
  const sum = Float64Array.from({ length: outputs }, (_, o) => bias?.[o] ?? 0)
  const size = sum.map(Math.abs)
  if (shift?.some((each) => each !== 0)) {
    const large = Float64Array.from({ length: inputs }, (_, i) => before.size(0, i))
    for (let i = 0; i < weight.length; i++) {
      const [o, k] = [output(i), input(i)]
      sum[o]! += weight[i]! * shift[k]!
      size[o]! += Math.abs(weight[i]!) * large[k]!
    }
  }
  const terms = weight.length / outputs
  return [
    {
      layer,
      blob: 0,
      length: weight.length,
      value: (i) => weight[i]! * ofInput[input(i)]! * ofOutput[output(i)]!,
      slack: () => 0,
    },
    {
      layer,
      blob: 1,
      length: outputs,
      value: (o) => after.value(sum[o]!, o),
      slack: (o) => slackOf(after.size(size[o]!, o), terms),
    },
  ]
}

/** The Bias that stays: the steps make factor x + shift = factor (x + shift / factor), at every input. */
function kept(layer: Layer, inputs: number, owner: Owner, before: Steps): Derived {
  return {
    layer,
    blob: 0,
    length: inputs,
    at: owner,
    value: (i) => {
      const shift = before.value(0, i)
      return shift === 0 ? 0 : shift / before.factor(i)
    },
    slack: (i) => slackOf(before.size(0, i) / Math.abs(before.factor(i)), 1),
  }
}
