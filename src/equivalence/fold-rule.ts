import { type BatchNormParams, parseBatchNorm, usesGlobalStats } from "../layers/batch-norm.js"
import { parseConvolution } from "../layers/convolution.js"
import { ETA, type NetCalls, U } from "../layers/index.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { parseScale } from "../layers/scale.js"
import { canonicalAxis, count, type Layer, type Shape } from "../net/index.js"
import type { CertificateEntry, Condition } from "./certificate.js"
import { geometryOf } from "./same-layer.js"

/** Outcome of deriving one layer's parameters from the layers that it replaces. */
export interface Derivation {
  readonly rule: string
  /** The layer that was derived again. */
  readonly layer: Layer
  readonly conditions: readonly Condition[]
  readonly parameters: number
  readonly roundings: number
  readonly worst?: CertificateEntry["worst"]
}

/** A blob's parameters as derived in double: each value, and the size of what was added up on the way to it. */
interface Derived {
  readonly length: number
  value(index: number): number
  size(index: number): number
}

/** y = (x - mean) / deviation * factor + bias of one channel; what a layer has not stays 0 or 1. */
interface Step {
  readonly mean: Float64Array
  readonly deviation: Float64Array
  readonly factor: Float64Array
  readonly bias: Float64Array
}

const steps: ReadonlySet<string> = new Set(["BatchNorm", "Scale", "Bias"])
const linear: ReadonlySet<string> = new Set(["Convolution", "Deconvolution", "InnerProduct"])

/**
 * Derives the parameters of `folded`, a single Convolution, Deconvolution or InnerProduct, from `layers`: the same layer followed by
 * BatchNorm, Scale and Bias layers. Every weight is pushed through these layers as the linear part of y = W x + b, the bias as the
 * constant part: Caffe's own formulas (batch_norm_layer.cpp, scale_layer.cpp), in double, with the exact quotients blob / factor. With
 * no such layers it compares parameters with parameters.
 *
 * @returns undefined when the layers do not have this form
 */
export function derive(
  a: NetCalls,
  layers: readonly Layer[],
  b: NetCalls,
  folded: readonly Layer[],
): Derivation | undefined {
  const [first, ...rest] = layers
  const [layer] = folded
  if (!first || !layer || folded.length !== 1 || layer.type !== first.type) return undefined
  if (!linear.has(first.type)) return rest.length === 0 ? direct(a, first, b, layer) : undefined
  if (rest.some(({ type }) => !steps.has(type)) || !isChain(layers)) return undefined
  const conditions = conditionsOf(a, first, rest, b, layer)
  const rule =
    rest.length === 0 ? "same layer" : `fold ${rest.map(({ type }) => type).join(" and ")} into ${first.type}`
  if (conditions.some(({ holds }) => !holds)) return { rule, layer, conditions, parameters: 0, roundings: 0 }
  return { rule, layer, conditions, ...compare(layer, pushed(a, first, rest, layer.blobs.length > 1)) }
}

/** One layer against one layer of the same type and form: its parameters are its own derivation. */
function direct(a: NetCalls, first: Layer, b: NetCalls, layer: Layer): Derivation | undefined {
  const same = geometryOf(first, bottomsOf(a, first)) === geometryOf(layer, bottomsOf(b, layer))
  if (!same || first.blobs.some(({ data }, i) => data.length !== layer.blobs[i]?.data.length))
    return undefined
  const derived = first.blobs.map(({ data }) => ({
    length: data.length,
    value: (i: number) => data[i]!,
    size: () => 0,
  }))
  return { rule: "same layer", layer, conditions: [], ...compare(layer, derived) }
}

function isChain(layers: readonly Layer[]): boolean {
  return layers.every(
    ({ bottoms, tops }, i) =>
      bottoms.length === 1 && tops.length === 1 && (i === 0 || bottoms[0] === layers[i - 1]!.tops[0]),
  )
}

function bottomsOf({ shapes }: NetCalls, { bottoms }: Layer): Shape[] {
  return bottoms.map((bottom) => shapes.get(bottom)!)
}

function conditionsOf(
  a: NetCalls,
  first: Layer,
  rest: readonly Layer[],
  b: NetCalls,
  layer: Layer,
): Condition[] {
  const top = a.shapes.get(first.tops[0]!)!
  const channel = channelAxis(first, top)
  const inner = [first, ...rest.slice(0, -1)]
  return [
    {
      condition: `${layer.name} and ${first.name} slide the same window`,
      holds: geometryOf(first, bottomsOf(a, first), false) === geometryOf(layer, bottomsOf(b, layer), false),
    },
    ...rest.map((step, i) => ({
      condition: `${step.name} is the only reader of ${inner[i]!.name}`,
      holds: a.net.consumers(inner[i]!.tops[0]!).length === 1,
    })),
    ...rest.map((step) => {
      if (step.type === "BatchNorm") {
        const params = parseBatchNorm(step.message)
        const holds =
          usesGlobalStats({ params, phase: a.net.state.phase }) && step.blobs.length === 3 && channel === 1
        return {
          condition: `${step.name} normalises the channels with stored statistics, eps ${shortest(params.eps)}`,
          holds,
        }
      }
      const { shape, data } = step.blobs[0]!
      const holds =
        stepAxis(step, top.length) === channel && shape.length === 1 && data.length === top[channel]
      return { condition: `${step.name} covers the channel axis alone`, holds }
    }),
  ]
}

/** The float32 eps as a prototxt writes it. */
function shortest(eps: number): number {
  return Number(eps.toPrecision(7))
}

function channelAxis({ type, message }: Layer, top: Shape): number {
  return type === "InnerProduct" ? top.length - 1 : canonicalAxis(parseConvolution(message).axis, top.length)
}

function stepAxis({ message }: Layer, axes: number): number {
  const param = (message.scale_param ?? message.bias_param ?? {}) as { axis?: number }
  return canonicalAxis(param.axis ?? 1, axes)
}

/** The parameters of the first layer after every later layer has acted on them. */
function pushed(a: NetCalls, first: Layer, rest: readonly Layer[], withBias: boolean): Derived[] {
  const top = a.shapes.get(first.tops[0]!)!
  const channels = top[channelAxis(first, top)]!
  const [weight, bias] = [first.blobs[0]!.data, first.blobs[1]?.data]
  const owner = ownerOf(first)
  const parts = rest.map((layer) => stepOf(layer, channels))
  const weights: Derived = {
    length: weight.length,
    value(i) {
      const c = owner(i)
      return parts.reduce((w, { deviation, factor }) => (w / deviation[c]!) * factor[c]!, weight[i]!)
    },
    size: () => 0,
  }
  const biases: Derived = {
    length: channels,
    value: (c) =>
      parts.reduce(
        (x, step) => ((x - step.mean[c]!) / step.deviation[c]!) * step.factor[c]! + step.bias[c]!,
        bias?.[c] ?? 0,
      ),
    size: (c) =>
      parts.reduce(
        (x, step) =>
          ((x + Math.abs(step.mean[c]!)) / step.deviation[c]!) * Math.abs(step.factor[c]!) +
          Math.abs(step.bias[c]!),
        Math.abs(bias?.[c] ?? 0),
      ),
  }
  return withBias || bias || rest.length > 0 ? [weights, biases] : [weights]
}

function stepOf({ type, message, blobs }: Layer, channels: number): Step {
  const [zero, one] = [new Float64Array(channels), new Float64Array(channels).fill(1)]
  const blob = (i: number) => Float64Array.from(blobs[i]!.data)
  if (type === "Bias") return { mean: zero, deviation: one, factor: one, bias: blob(0) }
  if (type === "Scale")
    return {
      mean: zero,
      deviation: one,
      factor: blob(0),
      bias: parseScale(message).biasTerm ? blob(1) : zero,
    }
  const { eps }: BatchNormParams = parseBatchNorm(message)
  const count = blobs[2]!.data[0]!
  const mean = count === 0 ? zero : blob(0).map((stored) => stored / count)
  const variance = count === 0 ? zero : blob(1).map((stored) => stored / count)
  return { mean, deviation: variance.map((v) => Math.sqrt(v + eps)), factor: one, bias: zero }
}

/** Output channel of a weight, from Caffe's layouts: [out, in / group, …], deconvolution [in, out / group, …], [out, in] or transposed. */
function ownerOf({ type, message, blobs: [weight] }: Layer): (index: number) => number {
  const [rows, columns] = weight!.shape as [number, number]
  const inner = count(weight!.shape, 2)
  if (type === "Deconvolution") {
    const perGroup = rows / parseConvolution(message).group
    return (index) =>
      (Math.floor(index / inner) % columns) + columns * Math.floor(index / (inner * columns * perGroup))
  }
  const turned = type === "InnerProduct" && parseInnerProduct(message).transpose
  return turned ? (index) => index % columns : (index) => Math.floor(index / (columns * inner))
}

/** The farthest parameter, in roundings. Where a sum cancels, the derivation's own rounding in double is granted too. */
function compare(
  layer: Layer,
  derived: readonly Derived[],
): Pick<Derivation, "parameters" | "roundings" | "worst"> {
  let parameters = 0
  let roundings = 0
  let worst: Derivation["worst"]
  derived.forEach((expected, blob) => {
    const data = layer.blobs[blob]?.data
    for (let index = 0; index < expected.length; index++) {
      const value = expected.value(index)
      // A layer without a bias adds 0.
      const stored = data ? data[index]! : 0
      const slack = 2 ** -46 * expected.size(index) + ETA
      const distance = Math.max(0, Math.abs(stored - value) - slack)
      const away = distance === 0 ? 0 : distance / (U * Math.abs(value))
      parameters++
      if (away <= roundings) continue
      roundings = Number.isNaN(away) ? Number.POSITIVE_INFINITY : away
      worst = { layer: layer.name, blob, index, stored, derived: value }
    }
  })
  return { parameters, roundings, ...(worst ? { worst } : {}) }
}
