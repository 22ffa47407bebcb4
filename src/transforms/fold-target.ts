import { parseConvolution } from "../layers/convolution.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { perAxis } from "../layers/window.js"
import { type Blob, canonicalAxis, count, type Layer, type Message, type Shape } from "../net/index.js"
import { type ChannelAffine, isFactor, isShift, spread } from "./channel-affine.js"

/**
 * A weight blob as [rows, columns, inner]: one of rows and columns counts outputs, the other inputs. With groups the columns of a row
 * are those of the row's own group, columns apart from the next group's.
 */
interface Layout {
  readonly rows: number
  readonly columns: number
  readonly inner: number
  readonly group: number
  readonly outputs: "rows" | "columns"
}

/** A layer type that can take per-channel maps of its input and of its output into its own weights and bias. */
interface FoldTarget {
  /** The sub-message that holds `bias_term`. */
  readonly section: string
  outputs(layer: Layer): number
  /** The axis of the output that counts channels, where the message states it; may count from the end. */
  axis(layer: Layer): number
  layout(layer: Layer): Layout
}

/** [out, in / group, kernel…] */
const convolution: FoldTarget = {
  section: "convolution_param",
  outputs: ({ message }) => parseConvolution(message).numOutput,
  axis: ({ message }) => parseConvolution(message).axis,
  layout(layer) {
    const { shape } = layer.blobs[0]!
    const [rows, columns] = shape as [number, number]
    return { rows, columns, inner: count(shape, 2), group: groupOf(layer), outputs: "rows" }
  },
}

/** Caffe's layouts: base_conv_layer.cpp, deconv_layer.cpp, inner_product_layer.cpp. To fold into another type, add it here. */
const targets: Readonly<Record<string, FoldTarget>> = {
  Convolution: convolution,
  DepthwiseConvolution: convolution,
  ConvolutionDepthwise: convolution,
  // [in, out / group, kernel…]: an input channel only reaches the outputs of its own group.
  Deconvolution: {
    ...convolution,
    layout: (layer) => ({ ...convolution.layout(layer), outputs: "columns" }),
  },
  // [out, in], or [in, out] with `transpose`
  InnerProduct: {
    section: "inner_product_param",
    outputs: ({ message }) => parseInnerProduct(message).numOutput,
    axis: ({ message }) => parseInnerProduct(message).axis,
    layout({ message, blobs }) {
      const [rows, columns] = blobs[0]!.shape as [number, number]
      const outputs = parseInnerProduct(message).transpose ? "columns" : "rows"
      return { rows, columns, inner: 1, group: 1, outputs }
    },
  },
}

/** The depthwise types have one group a channel, whatever the message says. */
function groupOf({ type, message }: Layer): number {
  const { numOutput, group } = parseConvolution(message)
  return type === "DepthwiseConvolution" || type === "ConvolutionDepthwise" ? numOutput : group
}

export function isFoldTarget({ type }: Layer): boolean {
  return Object.hasOwn(targets, type)
}

export function outputChannels(layer: Layer): number {
  return targets[layer.type]!.outputs(layer)
}

/** The channel axis of a target's output; `axes` is how many axes that output has, where it is known. NaN when it cannot be told. */
export function channelAxis(layer: Layer, axes: number | undefined): number {
  const axis = targets[layer.type]!.axis(layer)
  if (axis >= 0) return axis
  // An InnerProduct's output ends with its channels, the bottom's axis counts from the bottom's own end.
  if (axes === undefined) return Number.NaN
  return layer.type === "InnerProduct" ? axes - 1 : canonicalAxis(axis, axes)
}

/** Do the blobs have the sizes that the layer's parameters say? Where shapes are unknown nothing else has checked them. */
export function isWellFormed(layer: Layer): boolean {
  const { rows, columns, inner, group, outputs } = targets[layer.type]!.layout(layer)
  const [weight, bias] = layer.blobs
  const made = outputs === "rows" ? rows : columns * group
  const fits = rows * columns * inner === weight!.data.length && made === outputChannels(layer)
  return fits && rows % group === 0 && (bias === undefined || bias.data.length === made)
}

/** How many numbers of the bottom one output reads per tap, over all groups: channels, or all that an InnerProduct flattens. */
export function inputsOf(layer: Layer): number {
  const { rows, columns, group, outputs } = targets[layer.type]!.layout(layer)
  return outputs === "rows" ? columns * group : rows
}

/**
 * How many neighbouring inputs of a target belong to one channel of its bottom, where `axis` counts those channels; NaN where inputs and
 * channels do not correspond. An InnerProduct flattens all axes from its own on, so its inputs run through the channels' planes.
 */
export function inputsPerChannel(
  layer: Layer,
  axis: number,
  channels: number,
  bottom: Shape | undefined,
): number {
  const inputs = inputsOf(layer)
  const stated = targets[layer.type]!.axis(layer)
  const own = bottom ? canonicalAxis(stated, bottom.length) : stated
  if (layer.type !== "InnerProduct") return own === axis && inputs === channels ? 1 : Number.NaN
  if (!(own >= 0 && own <= axis)) return Number.NaN
  const each = bottom ? count(bottom, axis + 1) : own === axis ? inputs / channels : Number.NaN
  return inputs % (each * channels) === 0 ? each : Number.NaN
}

/**
 * Does every output of the target see every tap, so that a constant added to its input adds a constant to its output? A convolution does
 * where it pads nothing. A deconvolution's outputs get different taps by their place, unless its kernel and stride are 1.
 */
export function seesAllTaps(layer: Layer): boolean {
  if (layer.type === "InnerProduct") return true
  const { param } = parseConvolution(layer.message)
  const axes = layer.blobs[0]!.shape.length - 2
  const kernel = layer.blobs[0]!.shape.slice(2)
  const stride = perAxis(param, "stride", ["stride_h", "stride_w"], axes, 1)
  const pad = perAxis(param, "pad", ["pad_h", "pad_w"], axes, 0)
  return layer.type === "Deconvolution"
    ? [...kernel, ...stride].every((extent) => extent === 1)
    : pad.every((extent) => extent === 0)
}

/** Per-channel maps to be taken in. */
export interface Absorbed {
  /** Of the target's input, and how many neighbouring inputs belong to one channel. */
  readonly before?: ChannelAffine | undefined
  readonly inputsPerChannel?: number | undefined
  /** Of its output. */
  readonly after?: ChannelAffine | undefined
  /** The `param` spec of a bias that the target did not have. */
  readonly biasSpec?: Message | undefined
}

/**
 * The target with per-channel maps taken in: of its output, y = gain x + shift, W' = gain W, b' = gain b + shift; and of its input,
 * W' = W gain, b' = b + W shift; computed in double and rounded once. `undefined` when a parameter would leave float32's range.
 */
export function absorb(
  layer: Layer,
  { before, inputsPerChannel, after, biasSpec }: Absorbed,
): Layer | undefined {
  const layout = targets[layer.type]!.layout(layer)
  const [weight, bias] = layer.blobs as [Blob, Blob?]
  const outputs = outputChannels(layer)
  const input = before && spreadOver(before, inputsOf(layer), inputsPerChannel ?? 1)
  const output = after && spread(after, outputs)
  const gains = {
    input: input && !isShift(input) ? input.gain : undefined,
    output: output && !isShift(output) ? output.gain : undefined,
  }
  const biases = bias ? new Float64Array(bias.data) : new Float64Array(outputs)
  if (input && !isFactor(input)) addProducts(biases, layout, weight.data, input.shift)
  if (output) for (let o = 0; o < outputs; o++) biases[o] = biases[o]! * output.gain[o]! + output.shift[o]!
  const weights = scaled(layout, weight.data, gains)
  const stored = Float32Array.from(biases)
  if (!weights || overflows(stored)) return undefined
  const weightBlob = { shape: weight.shape, data: weights }
  if (!bias && stored.every((each) => each === 0)) return { ...layer, blobs: [weightBlob] }
  return {
    ...layer,
    message: bias ? layer.message : withBias(layer, biasSpec),
    blobs: [weightBlob, { shape: bias?.shape ?? [outputs], data: stored }],
  }
}

/** The map of every input of a target. */
function spreadOver(affine: ChannelAffine, inputs: number, each: number): ChannelAffine {
  const channels = affine.gain.length
  if (channels === inputs) return affine
  const over = (values: Float64Array) => {
    return Float64Array.from({ length: inputs }, (_, i) => values[Math.floor(i / each) % channels]!)
  }
  return { gain: over(affine.gain), shift: over(affine.shift) }
}

/** Every weight times the gain of its input and the gain of its output; undefined where one would leave float32's range. */
function scaled(
  { rows, columns, inner, group, outputs }: Layout,
  weights: Float32Array,
  gains: { input: Float64Array | undefined; output: Float64Array | undefined },
): Float32Array | undefined {
  const [ofRow, ofColumn] = outputs === "rows" ? [gains.output, gains.input] : [gains.input, gains.output]
  if (!ofRow && !ofColumn) return overflows(weights) ? undefined : weights
  const result = new Float32Array(weights.length)
  let finite = 0
  for (let row = 0; row < rows; row++) {
    const factor = ofRow ? ofRow[row]! : 1
    const from = row * columns * inner
    if (!ofColumn) {
      finite += multiply(weights, result, from, from + columns * inner, factor)
      continue
    }
    const first = Math.floor(row / (rows / group)) * columns
    for (let column = 0; column < columns; column++) {
      const at = from + column * inner
      finite += multiply(weights, result, at, at + inner, factor * ofColumn[first + column]!)
    }
  }
  return finite === 0 ? result : undefined
}

/** `to` = `weights` times a factor; 0 where all of it is finite, else NaN. Millions of weights pass here: one loop, no branch. */
function multiply(
  weights: Float32Array,
  to: Float32Array,
  start: number,
  end: number,
  factor: number,
): number {
  let finite = 0
  for (let i = start; i < end; i++) {
    const value = Math.fround(weights[i]! * factor)
    finite += value - value
    to[i] = value
  }
  return finite
}

/** Adds W shift to the biases: what a constant in every input makes of each output, all taps seen. */
function addProducts(
  biases: Float64Array,
  { rows, columns, inner, group, outputs }: Layout,
  weights: Float32Array,
  shift: Float64Array,
): void {
  let at = 0
  for (let row = 0; row < rows; row++) {
    const first = Math.floor(row / (rows / group)) * columns
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (const end = at + inner; at < end; at++) sum += weights[at]!
      const [output, input] = outputs === "rows" ? [row, first + column] : [first + column, row]
      biases[output]! += sum * shift[input]!
    }
  }
}

const LARGEST = (2 - 2 ** -23) * 2 ** 127

/** Is there a number that float32 cannot hold? */
export function overflows(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]!) <= LARGEST)) return true
  return false
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
