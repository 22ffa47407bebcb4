import { parseConvolution } from "../layers/convolution.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { type Blob, canonicalAxis, count, type Layer, type Message } from "../net/index.js"
import type { ChannelAffine } from "./channel-affine.js"

/** A layer type that can take a per-channel map of its output into its own weights and bias. */
interface FoldTarget {
  /** The sub-message that holds `bias_term`. */
  readonly section: string
  channels(layer: Layer): number
  /** The axis of the output that counts channels, where the message states it; may count from the end. */
  axis(layer: Layer): number
  /** The output channel that weight `index` belongs to. */
  channelOf(layer: Layer): (index: number) => number
}

/** Caffe's layouts: base_conv_layer.cpp, deconv_layer.cpp, inner_product_layer.cpp. To fold into another type, add it here. */
const targets: Readonly<Record<string, FoldTarget>> = {
  // [out, in / group, kernel…]
  Convolution: {
    section: "convolution_param",
    channels: ({ message }) => parseConvolution(message).numOutput,
    axis: ({ message }) => parseConvolution(message).axis,
    channelOf({ blobs }) {
      const row = count(blobs[0]!.shape, 1)
      return (index) => Math.floor(index / row)
    },
  },
  // [in, out / group, kernel…]: an input channel only reaches the outputs of its own group.
  Deconvolution: {
    section: "convolution_param",
    channels: ({ message }) => parseConvolution(message).numOutput,
    axis: ({ message }) => parseConvolution(message).axis,
    channelOf({ message, blobs }) {
      const { group } = parseConvolution(message)
      const [inputs, outputs] = blobs[0]!.shape as [number, number]
      const taps = count(blobs[0]!.shape, 2)
      return (index) => {
        const input = Math.floor(index / (outputs * taps))
        return Math.floor(input / (inputs / group)) * outputs + (Math.floor(index / taps) % outputs)
      }
    },
  },
  // [out, in], or [in, out] with `transpose`
  InnerProduct: {
    section: "inner_product_param",
    channels: ({ message }) => parseInnerProduct(message).numOutput,
    axis: ({ message }) => parseInnerProduct(message).axis,
    channelOf({ message, blobs }) {
      const columns = blobs[0]!.shape[1]!
      return parseInnerProduct(message).transpose
        ? (index) => index % columns
        : (index) => Math.floor(index / columns)
    },
  },
}

export function isFoldTarget({ type }: Layer): boolean {
  return type in targets
}

export function outputChannels(layer: Layer): number {
  return targets[layer.type]!.channels(layer)
}

/** The channel axis of a target's output; `axes` is how many axes that output has, where it is known. NaN when it cannot be told. */
export function channelAxis(layer: Layer, axes: number | undefined): number {
  const axis = targets[layer.type]!.axis(layer)
  if (axis >= 0) return axis
  // An InnerProduct's output ends with its channels, the bottom's axis counts from the bottom's own end.
  if (axes === undefined) return Number.NaN
  return layer.type === "InnerProduct" ? axes - 1 : canonicalAxis(axis, axes)
}

/** Is there a number that float32 cannot hold? */
function overflows(data: Float32Array): boolean {
  return data.some((value) => !Number.isFinite(value))
}

/**
 * The target with a per-channel map y = gain x + shift taken in: W' = gain W, b' = gain b + shift, computed in double and rounded
 * once. `undefined` when a parameter would leave float32's range.
 */
export function absorb(
  layer: Layer,
  { gain, shift }: ChannelAffine,
  biasSpec: Message | undefined,
): Layer | undefined {
  const [weight, bias] = layer.blobs as [Blob, Blob?]
  const channelOf = targets[layer.type]!.channelOf(layer)
  const weights = weight.data.map((w, index) => w * gain[channelOf(index)]!)
  const biases = Float32Array.from(gain, (g, c) => (bias ? bias.data[c]! * g : 0) + shift[c]!)
  if (overflows(weights) || overflows(biases)) return undefined
  const { origin: _origin, ...rest } = layer
  return {
    ...rest,
    message: bias ? layer.message : withBias(layer, biasSpec),
    blobs: [
      { shape: weight.shape, data: weights },
      { shape: [gain.length], data: biases },
    ],
  }
}

/** The message with `bias_term: true`, and a `param` spec for the new bias where the weights have one of their own. */
function withBias({ type, message }: Layer, biasSpec: Message | undefined): Message {
  const { section } = targets[type]!
  const param = (message.param as readonly Message[] | undefined) ?? []
  return {
    ...message,
    ...(param.length === 0 ? {} : { param: [param[0]!, withoutName(biasSpec ?? param[0]!)] }),
    [section]: { ...(message[section] as Message | undefined), bias_term: true },
  }
}

/** Shared by name no more: the new bias is this layer's own. */
function withoutName({ name: _name, share_mode: _mode, ...spec }: Message): Message {
  return spec
}
