import { parseConvolution } from "../layers/convolution.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { perAxis } from "../layers/window.js"
import { canonicalAxis, count, type Layer, type Shape } from "../net/index.js"

/**
 * A weight blob as [rows, columns, inner]: one of rows and columns counts outputs, the other inputs. With groups the columns of a row
 * are those of the row's own group, columns apart from the next group's.
 */
export interface Layout {
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

export function layoutOf(layer: Layer): Layout {
  return targets[layer.type]!.layout(layer)
}

/** The sub-message of a target that holds `bias_term`. */
export function sectionOf({ type }: Layer): string {
  return targets[type]!.section
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
  const { rows, columns, inner, group, outputs } = layoutOf(layer)
  const [weight, bias] = layer.blobs
  const made = outputs === "rows" ? rows : columns * group
  const fits = rows * columns * inner === weight!.data.length && made === outputChannels(layer)
  return fits && rows % group === 0 && (bias === undefined || bias.data.length === made)
}

/** How many numbers of the bottom one output reads per tap, over all groups: channels, or all that an InnerProduct flattens. */
export function inputsOf(layer: Layer): number {
  const { rows, columns, group, outputs } = layoutOf(layer)
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
