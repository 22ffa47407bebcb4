import { parseBatchNorm, usesGlobalStats } from "../layers/batch-norm.js"
import { numberOf, section } from "../layers/param.js"
import { parseScale } from "../layers/scale.js"
import { canonicalAxis, type Layer, type Message, type Net } from "../net/index.js"
import { channelAxis, isFoldTarget, outputChannels } from "./fold-target.js"

const foldable: ReadonlySet<string> = new Set(["BatchNorm", "Scale", "Bias"])

/** Layers that are a constant per-channel map, if nothing is in the way. */
export function isFoldable({ type }: Layer): boolean {
  return foldable.has(type)
}

/** What in the layer itself forbids folding it. */
export function obstacleIn(net: Net, layer: Layer): string | undefined {
  const { type, bottoms, tops, blobs, message } = layer
  if (bottoms.length === 2) return `its second bottom ${bottoms[1]!.blob} is computed, not a stored parameter`
  if (bottoms.length !== 1 || tops.length !== 1)
    return `it has ${bottoms.length} bottoms and ${tops.length} tops`
  if (blobs.length === 0) return "no weights are loaded for it"
  return type === "BatchNorm" ? statisticsObstacle(net, message, layer) : blobsObstacle(layer)
}

function statisticsObstacle({ state }: Net, message: Message, { blobs }: Layer): string | undefined {
  const params = parseBatchNorm(message)
  if (!usesGlobalStats({ params, phase: state.phase })) {
    return params.useGlobalStats === false
      ? "use_global_stats is false: it normalises with the statistics of each batch"
      : "in phase TRAIN it normalises with the statistics of each batch"
  }
  if (blobs.length !== 3)
    return `it has ${blobs.length} blobs, Caffe's BatchNorm has mean, variance and factor`
  const factor = blobs[2]!.data[0]!
  const bad = blobs[1]!.data.findIndex((stored) => !((factor === 0 ? 0 : stored / factor) + params.eps > 0))
  return bad < 0 ? undefined : `variance plus eps is not positive in channel ${bad}`
}

function blobsObstacle({ type, message, blobs }: Layer): string | undefined {
  const expected = type === "Scale" && parseScale(message).biasTerm ? 2 : 1
  return blobs.length === expected ? undefined : `it has ${blobs.length} blobs, needs ${expected}`
}

/** What stands between the layer and a producer that could take it in. */
export function obstacleBefore(
  net: Net,
  { bottoms: [bottom] }: Layer,
  kept: ReadonlyMap<Layer, string>,
): string | undefined {
  const before = net.producer(bottom!)
  if (isFoldTarget(before)) return undefined
  if (kept.has(before)) return `${before.name} (${before.type}) before it is kept`
  const target = targetAbove(net, before)
  if (target) return `${before.name} (${before.type}) stands between ${target.name} (${target.type}) and it`
  if (before.type === "Input")
    return `it reads the net's input ${bottom!.blob}: no Convolution or InnerProduct before it`
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

/** What forbids this producer to take the layer in. `axes`: of the producer's output, where shapes are known. */
export function obstacleInto(
  net: Net,
  target: Layer,
  layer: Layer,
  axes: number | undefined,
): string | undefined {
  const { name, bottoms, tops, blobs } = target
  if (bottoms.length !== 1 || tops.length !== 1) {
    return `${name} has ${bottoms.length} bottoms and ${tops.length} tops that share its weights`
  }
  const value = layer.bottoms[0]!
  const others = net.consumers(value).filter((reader) => reader !== layer)
  if (others.length > 0)
    return `${others[0]!.name} (${others[0]!.type}) also reads ${value.blob}, the output of ${net.producer(value).name}`
  if (blobs.length === 0) return `no weights are loaded for ${name}`
  const sharer = sharerOf(net, target)
  if (sharer) return `${name} shares its weights with ${sharer}`
  const axis = channelAxis(target, axes)
  if (Number.isNaN(axis)) return `the channel axis of ${name} counts from the end and its shape is unknown`
  return axisObstacle(layer, axis, axes, outputChannels(target))
}

/** The layer that uses one of the same parameters, by `param { name }` or because it holds the same blob. */
function sharerOf(net: Net, target: Layer): string | undefined {
  const namesOf = ({ message }: Layer) =>
    ((message.param as readonly Message[] | undefined) ?? []).map(({ name }) => name).filter((name) => name)
  const names = new Set(namesOf(target))
  const data = new Set(target.blobs.map((blob) => blob.data))
  return net.layers.find(
    (layer) =>
      layer !== target &&
      (namesOf(layer).some((name) => names.has(name)) || layer.blobs.some((blob) => data.has(blob.data))),
  )?.name
}

/** BatchNorm always works on axis 1; Scale and Bias must cover exactly the channel axis of the target. */
function axisObstacle(
  layer: Layer,
  channel: number,
  axes: number | undefined,
  channels: number,
): string | undefined {
  const length = layer.blobs[0]!.data.length
  if (layer.type === "BatchNorm") {
    if (channel !== 1) return `it normalises axis 1, the channels are on axis ${channel}`
    return length === channels ? undefined : `it has ${length} channels, its input ${channels}`
  }
  const param = section(layer.message, layer.type === "Scale" ? "scale_param" : "bias_param")
  const stated = numberOf(param, "axis", 1)
  const covered = numberOf(param, "num_axes", 1)
  const axis = stated >= 0 || axes === undefined ? stated : canonicalAxis(stated, axes)
  const last = covered === -1 ? layer.blobs[0]!.shape.length : covered
  if (axis === channel && last === 1 && length === channels) return undefined
  const range = last === 1 ? `axis ${axis}` : last === 0 ? "no axis" : `${last} axes from ${axis}`
  return `it covers ${range}, the channels are on axis ${channel} alone`
}
