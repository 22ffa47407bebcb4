import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import {
  type ConvolutionParams,
  convolutionNodes,
  parseConvolution,
  slidingOf,
} from "./convolution-params.js"
import { windowTable } from "./im2col.js"
import { type Call, defineLayer } from "./layer-type.js"
import { checkPlaces } from "./view.js"

/**
 * The sizes of one call, and which element of a plane each output position takes for each tap (-1: padding).
 */
function partsOf(call: Call<ConvolutionParams>) {
  const sliding = slidingOf(call)
  const { axis } = sliding
  const [bottom, top] = [call.bottoms[0]!, call.tops[0]!]
  return {
    images: count(bottom, 0, axis),
    channels: bottom[axis]!,
    plane: count(bottom, axis + 1),
    taps: count(sliding.kernel),
    positions: count(top, axis + 1),
    table: windowTable(bottom.slice(axis + 1), top.slice(axis + 1), sliding),
  }
}

/** Copies each tap's values to a plane of their own; padding is 0. */
function spread<F extends Float32Array | Float64Array>(call: Call<ConvolutionParams>, x: F, to: F): F {
  const { images, channels, plane, taps, positions, table } = partsOf(call)
  let at = 0
  for (let image = 0; image < images * channels; image++) {
    for (let t = 0; t < taps; t++) {
      for (let p = 0; p < positions; p++, at++) {
        const index = table[p * taps + t]!
        to[at] = index < 0 ? 0 : x[image * plane + index]!
      }
    }
  }
  return to
}

/**
 * Im2col: the patches that a convolution of `convolution_param` would multiply, one channel per input channel
 * and tap: im2col_layer.cpp.
 */
export const im2colLayer = defineLayer<ConvolutionParams>({
  type: "Im2col",
  parse: parseConvolution,

  shape(call) {
    const { axis, kernel, stride, pad, dilation } = slidingOf(call)
    const bottom = call.bottoms[0]!
    const spatial = kernel.map((extent, i) => {
      const room = bottom[axis + 1 + i]! + 2 * pad[i]! - (dilation[i]! * (extent - 1) + 1)
      if (room < 0)
        throw new PrelabError("kernel larger than padded input", `${extent} over ${formatShape(bottom)}`)
      return Math.floor(room / stride[i]!) + 1
    })
    return [[...bottom.slice(0, axis), bottom[axis]! * count(kernel), ...spatial]]
  },

  forward: (call, [x]) => [spread(call, x!, new Float32Array(count(call.tops[0]!)))],
  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const { images, channels, plane, taps, positions, table } = partsOf(call)
    const dx = new Float64Array(x!.length)
    let at = 0
    for (let image = 0; image < images * channels; image++) {
      for (let t = 0; t < taps; t++) {
        for (let p = 0; p < positions; p++, at++) {
          const index = table[p * taps + t]!
          if (index >= 0) dx[image * plane + index]! += diff![at]!
        }
      }
    }
    return { bottomDiffs: [new Float32Array(dx)] }
  },

  bound: (call, _bottoms, _tops, [e]) => [spread(call, e!, new Float64Array(count(call.tops[0]!)))],

  onnx(call, onnx, [x]) {
    const { channels, taps } = partsOf(call)
    const { kernel } = slidingOf(call)
    // A convolution that takes one tap of one channel for each output.
    const data = new Float32Array(channels * taps * taps)
    for (let i = 0; i < channels * taps; i++) data[i * taps + (i % taps)] = 1
    const numOutput = channels * taps
    const params = { ...call.params, numOutput, group: channels, biasTerm: false }
    const weight = { shape: [numOutput, 1, ...kernel], data }
    return [convolutionNodes("Conv", { ...call, params, blobs: [weight] }, 0, onnx, x!)]
  },

  gpu(call) {
    const { images, channels, plane, taps, positions, table } = partsOf(call)
    checkPlaces(Math.max(count(call.bottoms[0]!), table.length))
    return [
      {
        output: [positions, channels * taps, images],
        args: { bottom: { bottom: 0 }, places: { data: Float32Array.from(table) } },
        // The quotient stays half a step away from the integers: shaders round divisions.
        body: `
          const c = Math.floor((y + 0.5) / ${taps});
          const place = places[x * ${taps} + y - c * ${taps}];
          let value = 0;
          if (place >= 0) { value = bottom[(z * ${channels} + c) * ${plane} + place]; }
          return value;`,
        top: 0,
      },
    ]
  },
})
