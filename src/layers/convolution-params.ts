import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape, type Message, type Shape } from "../net/index.js"
import type { Sliding } from "./im2col.js"
import type { Call } from "./layer-type.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { perAxis } from "./window.js"

/** What Convolution and Deconvolution share: base_conv_layer.cpp. */
export interface ConvolutionParams {
  readonly numOutput: number
  readonly biasTerm: boolean
  readonly group: number
  readonly axis: number
  /** The window as it is written: how many axes it has depends on the bottom. */
  readonly param: Message
}

const windowFields: ReadonlySet<string> = new Set([
  "kernel_size",
  "kernel_h",
  "kernel_w",
  "stride",
  "stride_h",
  "stride_w",
  "pad",
  "pad_h",
  "pad_w",
  "dilation",
])

export function parseConvolution(message: Message): ConvolutionParams {
  const param = section(message, "convolution_param")
  return {
    numOutput: numberOf(param, "num_output", 0),
    biasTerm: booleanOf(param, "bias_term", true),
    group: numberOf(param, "group", 1),
    axis: numberOf(param, "axis", 1),
    param: Object.fromEntries(Object.entries(param).filter(([field]) => windowFields.has(field))),
  }
}

/** Channel axis and window of one call; the number of spatial axes comes from the bottom. */
export function slidingOf({
  params,
  bottoms,
}: Pick<Call<ConvolutionParams>, "params" | "bottoms">): Sliding & { axis: number } {
  const bottom = bottoms[0]!
  const axis = canonicalAxis(params.axis, bottom.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  const axes = bottom.length - axis - 1
  const { param } = params
  const kernel = perAxis(param, "kernel_size", ["kernel_h", "kernel_w"], axes, 0)
  if (kernel.some((extent) => extent < 1))
    throw new PrelabError("kernel size must be positive", formatShape(kernel))
  const stride = perAxis(param, "stride", ["stride_h", "stride_w"], axes, 1)
  if (stride.some((step) => step < 1)) throw new PrelabError("stride must be positive", formatShape(stride))
  return {
    axis,
    kernel,
    stride,
    pad: perAxis(param, "pad", ["pad_h", "pad_w"], axes, 0),
    dilation: perAxis(param, "dilation", undefined, axes, 1),
  }
}

/**
 * The shape of the top around its spatial axes. @throws PrelabError where the channels do not split into
 * groups.
 */
export function withOutputs(
  { numOutput, group }: ConvolutionParams,
  bottom: Shape,
  axis: number,
  spatial: readonly number[],
): number[] {
  const channels = bottom[axis]!
  if (numOutput < 1) throw new PrelabError("num_output must be positive", numOutput)
  if (channels % group !== 0 || numOutput % group !== 0) {
    throw new PrelabError(
      "channels not divisible by group",
      `${channels} in, ${numOutput} out, group ${group}`,
    )
  }
  return [...bottom.slice(0, axis), numOutput, ...spatial]
}

/** The expression of a kernel's group where a coordinate counts the groups of all images. */
export function groupAt(place: string, group: number, images: number): string {
  if (group === 1) return "0"
  return images === 1 ? place : `(${place} - Math.floor((${place} + 0.5) / ${group}) * ${group})`
}

/**
 * The node of one bottom. ONNX knows images of channels: the axes before the channels become one, and a
 * window without axes gets one of extent 1.
 */
export function convolutionNodes(
  op: "Conv" | "ConvTranspose",
  call: Call<ConvolutionParams>,
  index: number,
  onnx: OnnxNodes,
  x: OnnxValue,
): OnnxValue {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const [weight, bias] = call.blobs
  const flat = kernel.length === 0
  const spread = (shape: Shape, before: number) => [
    ...(before === 1 ? shape.slice(0, 1) : [count(shape, 0, before)]),
    ...shape.slice(before),
    ...(flat ? [1] : []),
  ]
  const [bottom, top] = [call.bottoms[index]!, call.tops[index]!]
  const result = onnx.add(
    op,
    [
      onnx.reshape(x, bottom, spread(bottom, axis)),
      onnx.floats("weight", weight!.data, spread(weight!.shape, 1)),
      bias && onnx.floats("bias", bias.data),
    ],
    {
      kernel_shape: flat ? [1] : kernel,
      ...(flat ? {} : { strides: stride, pads: [...pad, ...pad], dilations: dilation }),
      group: call.params.group,
    },
  )
  return onnx.reshape(result, spread(top, axis), top)
}
