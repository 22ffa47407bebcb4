import { slidingOf } from "../layers/convolution.js"
import { parseConvolution } from "../layers/convolution-params.js"
import {
  type Blob,
  count,
  inputLayer,
  type Layer,
  type Message,
  makeValue,
  Net,
  type Shape,
} from "../net/index.js"
import { layoutOf, sectionOf } from "../transforms/fold-target.js"
import type { FoldSite } from "./fold-sites.js"

/** One output channel of a place as a net of its own: the same numbers, few enough to compute while somebody waits. */
export interface ChannelNet {
  readonly net: Net
  /** Which of the bottom's channels it reads: those of its group. */
  readonly firstInput: number
  readonly inputs: number
  /** What it reads, [1, inputs, …]; large images are cut to their middle. */
  readonly bottom: Shape
  /** Extents of one map of weights. */
  readonly kernel: Shape
}

/** Images are cut to so many rows and columns; to fewer where an output is a long sum. */
const extents = { short: 32, long: 16 }
const longSum = 1024

/** The target, its BatchNorm and its Scale with one output channel; layers and their order of operations stay. */
export function channelNet(
  { target, norm, scale, bottom }: FoldSite,
  channel: number,
  state: Net["state"],
): ChannelNet {
  const { inputs, firstInput, kernel, weights } = weightsOf(target, channel)
  const isVector = target.type === "InnerProduct"
  const shape = isVector
    ? [1, ...bottom.slice(1)]
    : [1, inputs, ...cut(target, bottom, inputs * count(kernel))]
  const data = makeValue("data")
  const tops = [target, norm, ...(scale ? [scale] : [])].map(({ tops: [top] }) => makeValue(top!.blob))
  const one = (layer: Layer, i: number, blobs: readonly Blob[], message: Message = layer.message): Layer => {
    const { param: _param, ...own } = message
    return {
      name: layer.name,
      type: layer.type,
      bottoms: [tops[i - 1] ?? data],
      tops: [tops[i]!],
      message: own,
      blobs,
    }
  }
  const bias = target.blobs[1]
  const layers = [
    inputLayer("data", [data], [shape]),
    one(target, 0, bias ? [weights, at(bias, channel)] : [weights], alone(target)),
    one(
      norm,
      1,
      norm.blobs.map((blob) => at(blob, channel)),
    ),
    ...(scale
      ? [
          one(
            scale,
            2,
            scale.blobs.map((blob) => at(blob, channel)),
          ),
        ]
      : []),
  ]
  const net = new Net({ name: `${target.name}, channel ${channel}`, state, layers })
  return { net, firstInput, inputs, bottom: shape, kernel }
}

/** One channel's number; the factor, and a Scale of one number for all, have but one. */
function at({ shape, data }: Blob, channel: number): Blob {
  if (data.length === 1) return { shape, data }
  return {
    shape: shape.map((_, axis) => (axis === shape.length - 1 ? 1 : shape[axis]!)),
    data: data.slice(channel, channel + 1),
  }
}

function alone(target: Layer): Message {
  const section = sectionOf(target)
  const own = (target.message[section] ?? {}) as Message
  const group = section === "convolution_param" ? { group: 1 } : {}
  return { ...target.message, [section]: { ...own, num_output: 1, ...group } }
}

/** A channel's weights in the target's own layout. */
function weightsOf(target: Layer, channel: number) {
  const { rows, columns, inner, group, outputs } = layoutOf(target)
  const { shape, data } = target.blobs[0]!
  const kernel = shape.slice(2)
  if (outputs === "rows") {
    const from = channel * columns * inner
    const weights = { shape: [1, columns, ...kernel], data: data.slice(from, from + columns * inner) }
    const firstInput = Math.floor(channel / (rows / group)) * columns
    return { inputs: columns, firstInput, kernel, weights }
  }
  const inputs = rows / group
  const firstInput = Math.floor(channel / columns) * inputs
  const own = new Float32Array(inputs * inner)
  for (let i = 0; i < inputs; i++) {
    const from = ((firstInput + i) * columns + (channel % columns)) * inner
    own.set(data.subarray(from, from + inner), i * inner)
  }
  return { inputs, firstInput, kernel, weights: { shape: [inputs, 1, ...kernel], data: own } }
}

/** Spatial extents that are quick to compute, and not smaller than the window. */
function cut(target: Layer, bottom: Shape, terms: number): number[] {
  const { kernel, dilation } = slidingOf({ params: parseConvolution(target.message), bottoms: [bottom] })
  const most = terms > longSum ? extents.long : extents.short
  return bottom.slice(2).map((extent, i) => {
    const window = dilation[i]! * (kernel[i]! - 1) + 1
    return Math.min(extent, Math.max(most, window))
  })
}
