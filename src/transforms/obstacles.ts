import { parseBatchNorm, usesGlobalStats } from "../layers/batch-norm.js"
import { layerTypeOf, type NetCalls, refusalOf } from "../layers/index.js"
import { numberOf, section } from "../layers/param.js"
import type { PowerParams } from "../layers/power.js"
import { parseScale } from "../layers/scale.js"
import { canonicalAxis, type Layer, type Net, type Phase, type Value } from "../net/index.js"
import { channelAxis, isFoldTarget, isWellFormed, outputChannels } from "./fold-target.js"

/** Layers that are a constant per-channel map, if nothing is in the way: BatchNorm, BN, Scale, Bias, and Power where it is affine. */
export function isFoldable(layer: Layer): boolean {
  const { type, message } = layer
  if (type === "Power") return (layerTypeOf(layer).parse(message, layer) as PowerParams).power === 1
  return type === "BatchNorm" || type === "BN" || type === "Scale" || type === "Bias"
}

/** What in the layer itself forbids folding it. */
export function obstacleIn({ net, shapes, problems }: NetCalls, layer: Layer): string | undefined {
  const { type, bottoms, tops, blobs } = layer
  if (bottoms.length === 2) return `its second bottom ${bottoms[1]!.blob} is computed, not a stored parameter`
  if (bottoms.length !== 1 || tops.length !== 1)
    return `it has ${bottoms.length} bottoms and ${tops.length} tops`
  if (type === "Power") return undefined
  if (blobs.length === 0) return "no weights are loaded for it"
  const refused = refusalOf(layer)
  if (refused) return refused.message
  const own =
    type === "BatchNorm" ? batchNormObstacle(net, layer) : type === "BN" ? bnObstacle(net, layer) : undefined
  const problem = shapes.has(bottoms[0]!) ? problems.get(layer)?.message : undefined
  return own ?? problem ?? blobsObstacle(layer) ?? coverObstacle(layer, shapes.get(bottoms[0]!)?.length)
}

function phaseOf({ state }: Net, { message }: Layer): Phase {
  return (message.phase as Phase | undefined) ?? state.phase
}

function batchNormObstacle(net: Net, layer: Layer): string | undefined {
  const { blobs, message } = layer
  const [params, phase] = [parseBatchNorm(message), phaseOf(net, layer)]
  if (!usesGlobalStats({ params, phase })) {
    return params.useGlobalStats === false
      ? "use_global_stats is false: it normalises with the statistics of each batch"
      : "in phase TRAIN it normalises with the statistics of each batch"
  }
  if (blobs.length !== 3 && blobs.length !== 5)
    return `it has ${blobs.length} blobs, Caffe's BatchNorm has mean, variance and factor`
  if (blobs.length === 5) return varianceObstacle(blobs[1]!.data, Math.max(params.eps, Math.fround(1e-5)))
  const factor = blobs[2]!.data[0]!
  const variance = new Float64Array(blobs[1]!.data).map((stored) => (factor === 0 ? 0 : stored / factor))
  return varianceObstacle(variance, params.eps)
}

function bnObstacle(net: Net, layer: Layer): string | undefined {
  const { blobs, message } = layer
  const { mode, eps, frozen } = layerTypeOf(layer).parse(message, layer) as {
    mode: string
    eps: number
    frozen: boolean
  }
  if (blobs.length === 2)
    return mode === "INFERENCE"
      ? undefined
      : "bn_mode is LEARN: it normalises with the statistics of each batch"
  if (blobs.length !== 4) return `it has ${blobs.length} blobs, a BN has two or four`
  if (!frozen && phaseOf(net, layer) !== "TEST")
    return "in phase TRAIN it normalises with the statistics of each batch"
  return varianceObstacle(blobs[3]!.data, eps)
}

function varianceObstacle(variance: Float32Array | Float64Array, eps: number): string | undefined {
  const bad = variance.findIndex((v) => !(v + eps > 0))
  return bad < 0 ? undefined : `variance plus eps is not positive in channel ${bad}`
}

function blobsObstacle({ type, message, blobs }: Layer): string | undefined {
  const expected = type === "Scale" ? (parseScale(message).biasTerm ? 2 : 1) : type === "Bias" ? 1 : undefined
  if (expected !== undefined && blobs.length !== expected)
    return `it has ${blobs.length} blobs, needs ${expected}`
  const factor = type === "BatchNorm" ? 2 : undefined
  const [first] = blobs
  const other = blobs.findIndex(({ data }, i) => i !== factor && data.length !== first!.data.length)
  return other < 0
    ? undefined
    : `its blobs have ${first!.data.length} and ${blobs[other]!.data.length} numbers`
}

/** The axis that counts the channels of a foldable layer; undefined where all of them have one number. NaN when it cannot be told. */
export function axisOf(layer: Layer, axes: number | undefined): number | undefined {
  if (layer.type === "Power") return undefined
  if (layer.type === "BatchNorm" || layer.type === "BN") return axes === 1 ? undefined : 1
  const { axis, covered } = coverOf(layer)
  if (covered === 0) return undefined
  if (axis >= 0) return axis
  return axes === undefined ? Number.NaN : canonicalAxis(axis, axes)
}

/** Which axes a Scale or Bias covers, as stated. */
function coverOf({ type, message, blobs }: Layer): { axis: number; covered: number } {
  const param = section(message, type === "Scale" ? "scale_param" : "bias_param")
  const covered = numberOf(param, "num_axes", 1)
  return {
    axis: numberOf(param, "axis", 1),
    covered: covered === -1 ? blobs[0]!.shape.length : covered,
  }
}

/** BatchNorm always works on axis 1; Scale and Bias must cover one axis, or none with one number for all. */
function coverObstacle(layer: Layer, axes: number | undefined): string | undefined {
  if (layer.type === "BatchNorm" || layer.type === "BN") return undefined
  const { axis, covered } = coverOf(layer)
  if (covered > 1) return `it covers ${covered} axes from ${axis}, the channels are on axis 1 alone`
  if (Number.isNaN(axisOf(layer, axes)))
    return `its axis counts from the end and the shape of its bottom is unknown`
  const { length } = layer.blobs[0]!.data
  return covered === 0 && length !== 1 ? `it covers no axis and has ${length} numbers` : undefined
}

/** What in a layer forbids changing its weights. */
export function obstacleAt(
  { shapes, problems }: NetCalls,
  target: Layer,
  sharers: ReadonlyMap<Layer, readonly Layer[]>,
): string | undefined {
  const { name, bottoms, tops, blobs } = target
  if (bottoms.length !== 1 || tops.length !== 1)
    return `${name} has ${bottoms.length} bottoms and ${tops.length} tops that share its weights`
  if (blobs.length === 0) return `no weights are loaded for ${name}`
  const problem = shapes.has(bottoms[0]!) ? problems.get(target) : undefined
  if (problem) return problem.message
  if (!isWellFormed(target)) return `the weights of ${name} have not the shape that its parameters say`
  const [sharer] = sharers.get(target) ?? []
  return sharer && `${name} shares its weights with ${sharer.name}`
}

/** Who else reads a value. */
export function otherReader(net: Net, value: Value, reader: Layer): string | undefined {
  const [other] = net.consumers(value).filter((each) => each !== reader)
  return other
    ? `${other.name} (${other.type}) also reads ${value.blob}, the output of ${net.producer(value).name}`
    : undefined
}

/** What stands between a layer and a producer that could take it in. */
export function obstacleBefore(net: Net, bottom: Value, kept: ReadonlyMap<Layer, string>): string {
  const before = net.producer(bottom)
  if (kept.has(before)) return `${before.name} (${before.type}) before it is kept`
  const target = targetAbove(net, before)
  if (target) return `${before.name} (${before.type}) stands between ${target.name} (${target.type}) and it`
  if (before.type === "Input")
    return `it reads the net's input ${bottom.blob}: no Convolution or InnerProduct before it`
  return `no Convolution or InnerProduct before it: it reads ${before.name} (${before.type})`
}

/** The first possible target above, along layers with one bottom. */
function targetAbove(net: Net, layer: Layer): Layer | undefined {
  for (let at = layer; at.bottoms.length === 1; ) {
    at = net.producer(at.bottoms[0]!)
    if (isFoldTarget(at)) return at
  }
  return undefined
}

/** Do the channels of a map and those of a target's output lie on one axis? Says what is wrong in the first layer's words. */
export function axisObstacle(
  target: Layer,
  first: Layer,
  axis: number | undefined,
  channels: number,
  axes: number | undefined,
): string | undefined {
  if (axis === undefined) return undefined
  const channel = channelAxis(target, axes)
  if (Number.isNaN(channel))
    return `the channel axis of ${target.name} counts from the end and its shape is unknown`
  if (axis !== channel) {
    const covers = first.type === "BatchNorm" || first.type === "BN" ? "normalises" : "covers"
    const alone = covers === "covers" ? " alone" : ""
    return `it ${covers} axis ${axis}, the channels are on axis ${channel}${alone}`
  }
  const has = outputChannels(target)
  return channels === has ? undefined : `it has ${channels} channels, its input ${has}`
}
