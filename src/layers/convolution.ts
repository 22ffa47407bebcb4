import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape, type Message, type Shape } from "../net/index.js"
import { im2col, type Sliding, windowTable } from "./im2col.js"
import { type Call, defineLayer } from "./layer-type.js"
import { matmul } from "./matmul.js"
import { booleanOf, numberOf, section } from "./param.js"
import { ETA, gamma } from "./rounding.js"
import { perAxis } from "./window.js"

export interface ConvolutionParams {
  readonly numOutput: number
  readonly biasTerm: boolean
  readonly group: number
  readonly axis: number
  readonly param: Message
}

export function parseConvolution(message: Message): ConvolutionParams {
  const param = section(message, "convolution_param")
  return {
    numOutput: numberOf(param, "num_output", 0),
    biasTerm: booleanOf(param, "bias_term", true),
    group: numberOf(param, "group", 1),
    axis: numberOf(param, "axis", 1),
    param,
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

function outputShape(call: Pick<Call<ConvolutionParams>, "params" | "bottoms">, bottom: Shape): Shape {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const { numOutput, group } = call.params
  const channels = bottom[axis]!
  if (numOutput < 1) throw new PrelabError("num_output must be positive", numOutput)
  if (channels % group !== 0 || numOutput % group !== 0) {
    throw new PrelabError(
      "channels not divisible by group",
      `${channels} in, ${numOutput} out, group ${group}`,
    )
  }
  const spatial = kernel.map((extent, i) => {
    const size = bottom[axis + 1 + i]! + 2 * pad[i]! - (dilation[i]! * (extent - 1) + 1)
    if (size < 0)
      throw new PrelabError("kernel larger than padded input", `${extent} over ${formatShape(bottom)}`)
    return Math.floor(size / stride[i]!) + 1
  })
  return [...bottom.slice(0, axis), numOutput, ...spatial]
}

/** sum over taps of w x + b for every output: the one loop under forward (float32) and under the bound (float64). */
function correlate<F extends Float32Array | Float64Array>(
  call: Call<ConvolutionParams>,
  index: number,
  x: F,
  weight: F,
  bias: F | undefined,
  make: (length: number) => F,
): F {
  const sliding = slidingOf(call)
  const { axis, kernel } = sliding
  const bottom = call.bottoms[index]!
  const top = call.tops[index]!
  const { numOutput, group } = call.params
  const input = bottom.slice(axis + 1)
  const output = top.slice(axis + 1)
  const plane = count(input)
  const positions = count(output)
  const taps = count(kernel)
  const channels = bottom[axis]! / group
  const outputs = numOutput / group
  const images = count(bottom, 0, axis)
  const table = windowTable(input, output, sliding)
  const columns = make(positions * channels * taps)
  const y = make(count(top))
  for (let n = 0; n < images; n++) {
    for (let g = 0; g < group; g++) {
      im2col(x, (n * group + g) * channels * plane, channels, plane, table, taps, columns)
      matmul(
        weight,
        g * outputs * channels * taps,
        columns,
        outputs,
        positions,
        channels * taps,
        bias,
        g * outputs,
        y,
        (n * numOutput + g * outputs) * positions,
        positions,
        1,
      )
    }
  }
  return y
}

/**
 * Caffe's convolution (a cross-correlation) over any number of spatial axes, grouped, dilated, on one or several bottoms
 * that share the weights: conv_layer.cpp, base_conv_layer.cpp. Weights [out, in / group, kernel…], bias [out].
 */
export const convolution = defineLayer<ConvolutionParams>({
  type: "Convolution",
  parse: parseConvolution,

  shape: (call) => call.bottoms.map((bottom) => [...outputShape(call, bottom)]),

  blobShapes(call) {
    const { axis, kernel } = slidingOf(call)
    const { numOutput, group, biasTerm } = call.params
    const weight = [numOutput, call.bottoms[0]![axis]! / group, ...kernel]
    return biasTerm ? [weight, [numOutput]] : [weight]
  },

  forward: (call, bottoms) =>
    bottoms.map((x, i) =>
      correlate(call, i, x, call.blobs[0]!.data, call.blobs[1]?.data, (length) => new Float32Array(length)),
    ),

  bound(call, bottoms, _tops, errors) {
    const weight = call.blobs[0]!
    const fanIn = count(weight.shape, 1)
    const g = gamma(fanIn + 2)
    const w = Float64Array.from(weight.data, Math.abs)
    const b = call.blobs[1] && Float64Array.from(call.blobs[1].data, (v) => Math.abs(v) * g + fanIn * ETA)
    return bottoms.map((x, i) => {
      const e = errors[i]!
      const spread = Float64Array.from(x, (v, j) => e[j]! + g * (Math.abs(v) + e[j]!))
      return correlate(call, i, spread, w, b, (length) => new Float64Array(length))
    })
  },

  macs: (call) =>
    call.tops.reduce((n, top) => n + count(top) * count(call.blobs[0]?.shape ?? weightShape(call), 1), 0),
})

function weightShape(call: Call<ConvolutionParams>): Shape {
  return [0, call.bottoms[0]![slidingOf(call).axis]! / call.params.group, ...slidingOf(call).kernel]
}
