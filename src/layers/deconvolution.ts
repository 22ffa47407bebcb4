import { PrelabError } from "../error.js"
import { count, formatShape, type Shape } from "../net/index.js"
import { addBiasDiff } from "./convolution-backward.js"
import {
  type ConvolutionParams,
  convolutionNodes,
  groupAt,
  parseConvolution,
  slidingOf,
  withOutputs,
} from "./convolution-params.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { im2col, windowTable } from "./im2col.js"
import { largestDivisor } from "./kernel-loops.js"
import { type Call, defineLayer } from "./layer-type.js"
import { matmul, transposed } from "./matmul.js"
import { mapped, rounded } from "./parts.js"
import { ETA, gamma } from "./rounding.js"

function outputShape(call: Pick<Call<ConvolutionParams>, "params" | "bottoms">, bottom: Shape): Shape {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const spatial = kernel.map(
    (extent, i) => stride[i]! * (bottom[axis + 1 + i]! - 1) + dilation[i]! * (extent - 1) + 1 - 2 * pad[i]!,
  )
  if (spatial.some((extent) => extent < 1))
    throw new PrelabError("no output left by pad", formatShape(spatial))
  return withOutputs(call.params, bottom, axis, spatial)
}

/**
 * The extents of one bottom's deconvolution, and where each tap of each input position lands in the output
 * plane.
 */
function geometryOf(call: Call<ConvolutionParams>, index: number) {
  const sliding = slidingOf(call)
  const { numOutput, group } = call.params
  const bottom = call.bottoms[index]!
  const input = bottom.slice(sliding.axis + 1)
  const output = call.tops[index]!.slice(sliding.axis + 1)
  return {
    images: count(bottom, 0, sliding.axis),
    channels: bottom[sliding.axis]! / group,
    outputs: numOutput / group,
    plane: count(input),
    positions: count(output),
    taps: count(sliding.kernel),
    // The convolution that goes the other way reads the output plane here; -1 is padding, which is cropped.
    table: windowTable(output, input, sliding),
  }
}

/** How many taps reach an output at most: each brings one product per input channel. */
function mostTaps(table: Int32Array, positions: number): number {
  const hits = new Int32Array(positions)
  for (const at of table) if (at >= 0) hits[at]!++
  return hits.reduce((most, n) => Math.max(most, n), 0)
}

/**
 * sum of w x + b for every output, in double: the products of every input position with all taps, added where
 * the taps land (Caffe's col2im). Under forward and under the bound.
 */
function scatter<F extends Float32Array | Float64Array>(
  call: Call<ConvolutionParams>,
  index: number,
  x: F,
  weight: F,
  bias: F | undefined,
  make: (length: number) => F,
): Float64Array {
  const { group } = call.params
  const { images, channels, outputs, plane, positions, taps, table } = geometryOf(call, index)
  const y = new Float64Array(count(call.tops[index]!))
  const rows = outputs * taps
  // One image at a time as [plane, channels] against weights as [outputs x taps, channels].
  const points = Int32Array.from({ length: plane }, (_, i) => i)
  const turned = make(weight.length)
  for (let c = 0; c < channels * group; c++) {
    const g = Math.floor(c / channels)
    for (let r = 0; r < rows; r++)
      turned[(g * rows + r) * channels + (c - g * channels)] = weight[c * rows + r]!
  }
  const pixels = make(plane * channels)
  const products = new Float64Array(plane * rows)
  for (let n = 0; n < images; n++) {
    for (let g = 0; g < group; g++) {
      const image = n * group + g
      im2col(x, image * channels * plane, channels, plane, points, 1, pixels)
      matmul(turned, g * rows * channels, pixels, rows, plane, channels, undefined, 0, products, 0, 1, rows)
      for (let o = 0; o < outputs; o++) {
        const to = (image * outputs + o) * positions
        y.fill(bias?.[g * outputs + o] ?? 0, to, to + positions)
        for (let p = 0; p < plane; p++) {
          for (let t = 0; t < taps; t++) {
            const at = table[p * taps + t]!
            if (at >= 0) y[to + at]! += products[p * rows + o * taps + t]!
          }
        }
      }
    }
  }
  return y
}

/**
 * The diff of one bottom, a convolution of the top's diff with the same weights; adds that of the weights, x
 * times the patches that the convolution reads, to `onWeight`.
 */
function gatherDiffs(
  call: Call<ConvolutionParams>,
  index: number,
  x: Float32Array,
  diff: Float32Array,
  onWeight: Float64Array,
  wanted: { readonly bottom: boolean; readonly weight: boolean },
): Float32Array | undefined {
  const { group } = call.params
  const { images, channels, outputs, plane, positions, taps, table } = geometryOf(call, index)
  const weight = call.blobs[0]!.data
  const rows = outputs * taps
  const dx = wanted.bottom ? new Float32Array(x.length) : undefined
  const columns = new Float32Array(plane * rows)
  const products = new Float64Array(channels * rows)
  for (let image = 0; image < images * group; image++) {
    const w = (image % group) * channels * rows
    const at = image * channels * plane
    im2col(diff, image * outputs * positions, outputs, positions, table, taps, columns)
    if (dx) matmul(weight, w, columns, channels, plane, rows, undefined, 0, dx, at, plane, 1)
    if (!wanted.weight) continue
    matmul(
      x,
      at,
      transposed(columns, 0, plane, rows),
      channels,
      rows,
      plane,
      undefined,
      0,
      products,
      0,
      rows,
      1,
    )
    for (let i = 0; i < products.length; i++) onWeight[w + i]! += products[i]!
  }
  return dx
}

/**
 * Caffe's deconvolution, the transpose of a convolution: input position i adds w x to the outputs stride i -
 * pad + dilation t of every tap t; over any number of spatial axes, on one or several bottoms that share the
 * weights: deconv_layer.cpp, base_conv_layer.cpp. Weights [in, out / group, kernel…], bias [out].
 */
export const deconvolution = defineLayer<ConvolutionParams>({
  type: "Deconvolution",
  parse: parseConvolution,

  shape: (call) => call.bottoms.map((bottom) => [...outputShape(call, bottom)]),

  blobShapes(call) {
    const { axis, kernel } = slidingOf(call)
    const { numOutput, group, biasTerm } = call.params
    const weight = [call.bottoms[0]![axis]!, numOutput / group, ...kernel]
    return biasTerm ? [weight, [numOutput]] : [weight]
  },

  forward: (call, bottoms) =>
    bottoms.map((x, i) =>
      rounded(
        scatter(call, i, x, call.blobs[0]!.data, call.blobs[1]?.data, (length) => new Float32Array(length)),
      ),
    ),

  backward(call, { bottoms, topDiffs, propagateDown, paramPropagateDown }) {
    const onWeight = new Float64Array(call.blobs[0]!.data.length)
    const onBias = new Float64Array(call.params.numOutput)
    const bottomDiffs = bottoms.map((x, i) => {
      addBiasDiff(topDiffs[i]!, onBias, geometryOf(call, i).positions)
      const wanted = { bottom: propagateDown[i]!, weight: paramPropagateDown[0]! }
      return gatherDiffs(call, i, x, topDiffs[i]!, onWeight, wanted)
    })
    const blobDiffs = [onWeight, onBias].slice(0, call.blobs.length)
    return { bottomDiffs, blobDiffs: blobDiffs.map((sums) => new Float32Array(sums)) }
  },

  bound(call, bottoms, _tops, errors) {
    const w = Float64Array.from(call.blobs[0]!.data, Math.abs)
    return bottoms.map((x, i) => {
      const { channels, positions, table } = geometryOf(call, i)
      const fanIn = channels * mostTaps(table, positions)
      const g = gamma(fanIn + 2)
      const b = call.blobs[1] && Float64Array.from(call.blobs[1].data, (v) => Math.abs(v) * g + fanIn * ETA)
      const e = errors[i]!
      const spread = mapped(e, (error, j) => error + g * (Math.abs(x[j]!) + error))
      return scatter(call, i, spread, w, b, (length) => new Float64Array(length))
    })
  },

  onnx: (call, onnx, bottoms) => bottoms.map((x, i) => convolutionNodes("ConvTranspose", call, i, onnx, x)),

  gpu: (call) => call.bottoms.map((_, index) => gpuKernel(call, index)),

  macs: (call) =>
    call.bottoms.reduce((n, bottom) => {
      const { kernel } = slidingOf(call)
      return n + count(bottom) * (call.params.numOutput / call.params.group) * count(kernel)
    }, 0),
})

/**
 * The deconvolution of one bottom, output by output. Two tables say which input positions reach an output
 * position and with which tap (-1: no more).
 */
function gpuKernel(call: Call<ConvolutionParams>, index: number): GpuKernel {
  const { group } = call.params
  const { images, channels, outputs, plane, positions, taps, table } = geometryOf(call, index)
  const most = Math.max(1, mostTaps(table, positions))
  const from = new Float32Array(positions * most).fill(-1)
  const tap = new Float32Array(positions * most)
  const filled = new Int32Array(positions)
  table.forEach((at, i) => {
    if (at < 0) return
    const to = at * most + filled[at]!++
    from[to] = Math.floor(i / taps)
    tap[to] = i % taps
  })
  const together = largestDivisor(channels, 8)
  const products = Array.from(
    { length: together },
    (_, c) => `sum += weight[u + ${c * outputs * taps}] * input[v + ${c * plane}];`,
  )
  return {
    output: [positions, outputs, group * images],
    args: {
      input: { bottom: index },
      weight: { data: call.blobs[0]!.data },
      from: { data: from },
      tap: { data: tap },
      ...(call.blobs[1] ? { bias: { data: call.blobs[1].data } } : {}),
    },
    body: `
      index group = ${groupAt("z", group, images)};
      index image = z * ${channels * plane};
      index row = (group * ${channels * outputs} + y) * ${taps};
      let sum = 0;
      for (let t = 0; t < ${most}; t++) {
        index i = from[x * ${most} + t] | 0;
        if (i >= 0) {
          index w = row + (tap[x * ${most} + t] | 0);
          for (let c = 0; c < ${channels / together}; c++) {
            index u = w + c * ${together * outputs * taps};
            index v = image + i + c * ${together * plane};
            ${products.join("\n")}
          }
        }
      }
      return sum${call.blobs[1] ? ` + bias[group * ${outputs} + y]` : ""};`,
    top: index,
  }
}
