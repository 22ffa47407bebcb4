import { PrelabError } from "../error.js"
import { count, formatShape, type Shape } from "../net/index.js"
import { convolutionBackward } from "./convolution-backward.js"
import {
  type ConvolutionParams,
  convolutionNodes,
  groupAt,
  parseConvolution,
  slidingOf,
  withOutputs,
} from "./convolution-params.js"
import { patchesOf } from "./convolution-patches.js"
import { convolutionTop } from "./convolution-products.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { im2col, windowTable } from "./im2col.js"
import { largestDivisor } from "./kernel-loops.js"
import { type Call, defineLayer } from "./layer-type.js"
import { matmul } from "./matmul.js"
import { mapped } from "./parts.js"
import { ETA, gamma } from "./rounding.js"

export { parseConvolution, slidingOf }

function outputShape(call: Pick<Call<ConvolutionParams>, "params" | "bottoms">, bottom: Shape): Shape {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const spatial = kernel.map((extent, i) => {
    const size = bottom[axis + 1 + i]! + 2 * pad[i]! - (dilation[i]! * (extent - 1) + 1)
    if (size < 0)
      throw new PrelabError("kernel larger than padded input", `${extent} over ${formatShape(bottom)}`)
    return Math.floor(size / stride[i]!) + 1
  })
  return withOutputs(call.params, bottom, axis, spatial)
}

/**
 * sum over taps of w x + b for every output: the one loop under forward (float32) and under the bound
 * (float64).
 */
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
 * Caffe's convolution (a cross-correlation) over any number of spatial axes, grouped, dilated, on one or
 * several bottoms that share the weights: conv_layer.cpp, base_conv_layer.cpp. Weights [out, in / group,
 * kernel…], bias [out].
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

  forward(call, bottoms) {
    const [weight, bias] = call.blobs.map(({ data }) => data)
    return bottoms.map(
      (x, i) =>
        convolutionTop(patchesOf(call, i), x, weight!, bias) ??
        correlate(call, i, x, weight!, bias, (length) => new Float32Array(length)),
    )
  },

  backward: convolutionBackward,

  bound(call, bottoms, _tops, errors) {
    const weight = call.blobs[0]!
    const fanIn = count(weight.shape, 1)
    const g = gamma(fanIn + 2)
    const w = Float64Array.from(weight.data, Math.abs)
    const b = call.blobs[1] && Float64Array.from(call.blobs[1].data, (v) => Math.abs(v) * g + fanIn * ETA)
    return bottoms.map((x, i) => {
      const e = errors[i]!
      const spread = mapped(e, (error, j) => error + g * (Math.abs(x[j]!) + error))
      return correlate(call, i, spread, w, b, (length) => new Float64Array(length))
    })
  },

  onnx: (call, onnx, bottoms) => bottoms.map((x, i) => convolutionNodes("Conv", call, i, onnx, x)),

  gpu(call) {
    const kernels: GpuKernel[] = []
    for (const index of call.bottoms.keys()) kernels.push(...gpuKernels(call, index, kernels.length))
    return kernels
  },

  macs: (call) =>
    call.tops.reduce((n, top) => n + count(top) * count(call.blobs[0]?.shape ?? weightShape(call), 1), 0),
})

function weightShape(call: Call<ConvolutionParams>): Shape {
  return [0, call.bottoms[0]![slidingOf(call).axis]! / call.params.group, ...slidingOf(call).kernel]
}

/** Taps written out one by one; more are looped over with a table of their offsets. */
const MAX_UNROLLED = 128

/**
 * The convolution of one bottom: padding is its own kernel, so that the sums need no test for the border. The
 * padded plane is seen as one axis; an output position's first tap comes from a table, the others lie at
 * fixed distances.
 */
function gpuKernels(call: Call<ConvolutionParams>, index: number, first: number): GpuKernel[] {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const bottom = call.bottoms[index]!
  const { numOutput, group } = call.params
  const input = bottom.slice(axis + 1)
  const padded = input.map((extent, i) => extent + 2 * pad[i]!)
  const spatial = call.tops[index]!.slice(axis + 1)
  const ones = kernel.map(() => 1)
  const zeros = kernel.map(() => 0)
  const images = count(bottom, 0, axis)
  const channels = bottom[axis]! / group
  const outputs = numOutput / group
  const positions = count(spatial)
  const taps = count(kernel)
  const plane = count(padded)
  const kernels: GpuKernel[] = []
  if (pad.some((extent) => extent > 0)) {
    const from = windowTable(input, padded, { kernel: ones, stride: ones, pad, dilation: ones })
    kernels.push({
      output: [plane, images * bottom[axis]!],
      args: { bottom: { bottom: index }, from: { data: Float32Array.from(from) } },
      body: `
        index i = from[x] | 0;
        let value = 0;
        if (i >= 0) { value = bottom[i + y * ${count(input)}]; }
        return value;`,
    })
  }
  const starts = windowTable(padded, spatial, { kernel: ones, stride, pad: zeros, dilation: ones })
  const offsets = windowTable(padded, ones, { kernel, stride: ones, pad: zeros, dilation })
  const together = largestDivisor(channels, MAX_ROUND / taps)
  const isWritten = taps <= MAX_UNROLLED
  const direct = starts.every((start, i) => start === i)
  // x runs over what is longest in practice: positions, or outputs where there is but one position.
  const place =
    positions > 1 ? { start: direct ? "x" : "starts[x] | 0", o: "y", g: "z" } : { start: "0", o: "x", g: "y" }
  const g = groupAt(place.g, group, images)
  kernels.push({
    output: positions > 1 ? [positions, outputs, group * images] : [outputs, group * images],
    args: {
      input: kernels.length > 0 ? { kernel: first } : { bottom: index },
      weight: { data: call.blobs[0]!.data, ...(isWritten ? { rounds: together * taps } : {}) },
      ...(call.blobs[1] ? { bias: { data: call.blobs[1].data } } : {}),
      ...(positions > 1 && !direct ? { starts: { data: Float32Array.from(starts) } } : {}),
      ...(!isWritten ? { offsets: { data: Float32Array.from(offsets) } } : {}),
    },
    body: `
      index start = ${place.start};
      index output = ${place.o} + ${g} * ${outputs};
      index image = ${place.g} * ${channels * plane} + start;
      let sum = 0;
      ${isWritten ? writtenTaps(channels, plane, offsets, together) : loopedTaps(channels, plane, taps)}
      return sum${call.blobs[1] ? " + bias[output]" : ""};`,
    top: index,
  })
  return kernels
}

/**
 * Products in one round of the loop over channels: a round costs as much as two of them, and many more
 * overflow the registers.
 */
const MAX_ROUND = 32

/** The taps of `together` channels a round, one by one. */
function writtenTaps(channels: number, plane: number, offsets: Int32Array, together: number): string {
  const taps = offsets.length
  const lines = Array.from({ length: together * taps }, (_, i) => {
    const offset = Math.floor(i / taps) * plane + offsets[i % taps]!
    return `sum += weight[w * ${together * taps} + ${i}] * input[i + ${offset}];`
  })
  return `for (let c = 0; c < ${channels / together}; c++) {
    index w = output * ${channels / together} + c;
    index i = image + c * ${together * plane};
    ${lines.join("\n")}
  }`
}

function loopedTaps(channels: number, plane: number, taps: number): string {
  return `for (let c = 0; c < ${channels}; c++) {
    index w = (output * ${channels} + c) * ${taps};
    index i = image + c * ${plane};
    for (let t = 0; t < ${taps}; t++) {
      index offset = offsets[t] | 0;
      sum += weight[w + t] * input[i + offset];
    }
  }`
}
