import { dropoutFactor } from "../equivalence/dropout-factor.js"
import { parseBatchNorm, usesGlobalStats } from "../layers/batch-norm.js"
import type { NetCalls } from "../layers/index.js"
import { numberOf, section } from "../layers/param.js"
import { parseScale } from "../layers/scale.js"
import { type Blob, canonicalAxis, type Layer } from "../net/index.js"

/** y = (x - mean / factor) / sqrt(variance / factor + eps) per channel: the numbers as they are stored, undivided. */
export interface Norm {
  readonly kind: "norm"
  readonly layer: Layer
  readonly mean: Float64Array
  readonly variance: Float64Array
  /** The moving average's correction, blob 2; mean and variance are 0 where it is 0. 1 in forks that have none. */
  readonly factor: number
  readonly eps: number
}

/** y = gain x + bias per channel; `constant` where no blob says so (Dropout, Power). */
export interface Gain {
  readonly kind: "scale" | "constant"
  readonly layer: Layer
  readonly gain: Float64Array
  readonly bias: Float64Array | undefined
}

export type Step = Norm | Gain

const double = ({ data }: Blob) => Float64Array.from(data)

/**
 * A layer as constant maps of every channel, the parts that a script folds: BatchNorm with stored statistics (batch_norm_layer.cpp),
 * Scale and Bias of the channels, the forks' BN with two or four blobs (bn_layer.cpp), Power with power 1, and a Dropout that multiplies.
 *
 * @returns undefined for layers that are anything else
 */
export function stepsOf(calls: NetCalls, layer: Layer): readonly Step[] | undefined {
  if (layer.bottoms.length !== 1 || layer.tops.length !== 1) return undefined
  return Object.hasOwn(readers, layer.type) ? readers[layer.type]!(layer, calls) : undefined
}

type Reader = (layer: Layer, calls: NetCalls) => Step[] | undefined

const readers: Readonly<Record<string, Reader>> = {
  BatchNorm(layer, { net }) {
    const params = parseBatchNorm(layer.message)
    const [mean, variance, factor, gain, bias] = layer.blobs
    if (!factor || !usesGlobalStats({ params, phase: net.state.phase })) return undefined
    const statistics = { mean: double(mean!), variance: double(variance!) }
    // NVCaffe's has scale and bias in the layer, does not read the factor, and takes no eps below 1e-5.
    if (gain && bias)
      return [
        { kind: "norm", layer, ...statistics, factor: 1, eps: Math.max(params.eps, Math.fround(1e-5)) },
        { kind: "scale", layer, gain: double(gain), bias: double(bias) },
      ]
    return [{ kind: "norm", layer, ...statistics, factor: factor.data[0]!, eps: params.eps }]
  },

  BN(layer) {
    const [gain, bias, mean, variance] = layer.blobs
    if (!gain || !bias) return undefined
    const own: Step = { kind: "scale", layer, gain: double(gain), bias: double(bias) }
    if (!mean || !variance)
      return section(layer.message, "bn_param").bn_mode === "INFERENCE" ? [own] : undefined
    const eps = Math.fround(numberOf(section(layer.message, "bn_param"), "eps", 1e-5))
    return [{ kind: "norm", layer, mean: double(mean), variance: double(variance), factor: 1, eps }, own]
  },

  Scale(layer, calls) {
    const [gain, bias] = layer.blobs
    if (!gain || !coversChannels(layer, calls, "scale_param")) return undefined
    const shift = parseScale(layer.message).biasTerm && bias ? double(bias) : undefined
    return [{ kind: "scale", layer, gain: double(gain), bias: shift }]
  },

  Bias(layer, calls) {
    const [bias] = layer.blobs
    if (!bias || !coversChannels(layer, calls, "bias_param")) return undefined
    return [{ kind: "scale", layer, gain: double(bias).fill(1), bias: double(bias) }]
  },

  Power(layer, calls) {
    const param = section(layer.message, "power_param")
    if (numberOf(param, "power", 1) !== 1) return undefined
    return constant(layer, calls, numberOf(param, "scale", 1), numberOf(param, "shift", 0))
  },

  Dropout: factorOf,
  Python: factorOf,
}

/** A Dropout multiplies by what it makes of a one: 1 - ratio with `scale_train: false`, 1 / (1 - p) in ENet's SpatialDropout. */
function factorOf(layer: Layer, calls: NetCalls): Step[] | undefined {
  const factor = dropoutFactor(calls, layer)
  return factor === undefined ? undefined : constant(layer, calls, factor, 0)
}

function constant(layer: Layer, { shapes }: NetCalls, gain: number, bias: number): Step[] | undefined {
  const shape = shapes.get(layer.bottoms[0]!)
  if (!shape || shape.length < 2) return undefined
  const fill = (value: number) => new Float64Array(shape[1]!).fill(value)
  return [{ kind: "constant", layer, gain: fill(gain), bias: bias === 0 ? undefined : fill(bias) }]
}

/** Axis 1 alone. */
function coversChannels(layer: Layer, { shapes }: NetCalls, field: string): boolean {
  const param = section(layer.message, field)
  const axes = shapes.get(layer.bottoms[0]!)?.length ?? 4
  return canonicalAxis(numberOf(param, "axis", 1), axes) === 1 && layer.blobs[0]!.shape.length === 1
}

/** Does the step leave everything as it is, its own eps aside? */
export function isUnit(step: Step): boolean {
  if (step.kind === "norm") {
    const { mean, variance, factor } = step
    return mean.every((m) => m === 0) && factor !== 0 && variance.every((v) => v / factor === 1)
  }
  return step.gain.every((g) => g === 1) && (step.bias?.every((b) => b === 0) ?? true)
}
