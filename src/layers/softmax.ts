import { PrelabError } from "../error.js"
import { canonicalAxis, count, type Shape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { aroundAxis } from "./channels.js"
import { type GpuKernel, threadPerElement } from "./gpu-kernel.js"
import { defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"
import { ETA, gamma, U } from "./rounding.js"

function axisOf(axis: number, bottom: Shape): number {
  const index = canonicalAxis(axis, bottom.length)
  if (Number.isNaN(index)) throw new PrelabError("axis out of range", axis)
  return index
}

/** A C library's or a shader's exp is trusted to this many ulp, argument at most 0. */
const EXP_ULP = 4

/** Softmax over one axis, the maximum subtracted first: softmax_layer.cpp. */
export const softmax = defineLayer<{ axis: number }>({
  type: "Softmax",
  parse: (message) => ({ axis: numberOf(section(message, "softmax_param"), "axis", 1) }),

  shape({ params, bottoms: [bottom] }) {
    axisOf(params.axis, bottom!)
    return [[...bottom!]]
  },

  forward({ params, bottoms }, [x]) {
    const { outer, channels, inner } = aroundAxis(bottoms[0]!, axisOf(params.axis, bottoms[0]!))
    const y = new Float32Array(x!.length)
    for (let o = 0; o < outer; o++) {
      checkStopNowAndThen(channels * inner)
      for (let j = 0; j < inner; j++) {
        const at = o * channels * inner + j
        let max = Number.NEGATIVE_INFINITY
        for (let c = 0; c < channels; c++) max = Math.max(max, x![at + c * inner]!)
        let sum = 0
        for (let c = 0; c < channels; c++) {
          const e = Math.fround(Math.exp(Math.fround(x![at + c * inner]! - max)))
          y[at + c * inner] = e
          sum += e
        }
        const total = Math.fround(sum)
        for (let c = 0; c < channels; c++) y[at + c * inner] = y[at + c * inner]! / total
      }
    }
    return [y]
  },

  backward({ params, bottoms }, { tops: [y], topDiffs: [diff] }) {
    const { outer, channels, inner } = aroundAxis(bottoms[0]!, axisOf(params.axis, bottoms[0]!))
    const dx = new Float32Array(y!.length)
    for (let o = 0; o < outer; o++) {
      checkStopNowAndThen(channels * inner)
      for (let j = 0; j < inner; j++) {
        const at = o * channels * inner + j
        let dot = 0
        for (let c = 0; c < channels; c++) dot += diff![at + c * inner]! * y![at + c * inner]!
        const shared = Math.fround(dot)
        for (let i = at; i < at + channels * inner; i += inner)
          dx[i] = Math.fround(diff![i]! - shared) * y![i]!
      }
    }
    return { bottomDiffs: [dx] }
  },

  bound({ params, bottoms }, [x], [y], [e]) {
    const { outer, channels, inner } = aroundAxis(bottoms[0]!, axisOf(params.axis, bottoms[0]!))
    const bound = new Float64Array(x!.length)
    for (let o = 0; o < outer; o++) {
      checkStopNowAndThen(channels * inner)
      for (let j = 0; j < inner; j++) {
        const at = o * channels * inner + j
        let max = 0
        let worst = 0
        for (let c = 0; c < channels; c++) {
          max = Math.max(max, Math.abs(x![at + c * inner]!))
          worst = Math.max(worst, e![at + c * inner]!)
        }
        // p changes by at most p (exp(2 d) - 1) when every argument moves by d; the subtraction of the
        // maximum rounds by u |x - max|, the exponential, the sum and the division round on top.
        const moved = worst + U * 2 * max
        for (let c = 0; c < channels; c++) {
          const p = y![at + c * inner]!
          bound[at + c * inner] =
            p * (Math.expm1(2 * moved) + gamma(channels + 2 * EXP_ULP + 4)) + 2 ** -126 + ETA
        }
      }
    }
    return [bound]
  },

  onnx: ({ params, bottoms: [bottom] }, onnx, [x]) => [
    onnx.add("Softmax", [x], { axis: axisOf(params.axis, bottom!) }),
  ],

  gpu({ params, bottoms }): GpuKernel[] {
    const around = aroundAxis(bottoms[0]!, axisOf(params.axis, bottoms[0]!))
    const { channels, inner, outer } = around
    const { output, at } = threadPerElement(around)
    // One group of channels per thread, and the place of an element's group among them.
    const groups = [inner, outer]
    const group = inner > 1 ? `x + z * ${inner}` : "y"
    const overChannels = (start: string, step: string) => `
      let result = ${start};
      for (let c = 0; c < ${channels}; c++) {
        const v = values[y * ${channels * inner} + c * ${inner} + x];
        ${step}
      }
      return result;`
    const largest = overChannels("-3.4028234663852886e38", "if (v > result) { result = v; }")
    return [
      { output: groups, args: { values: { bottom: 0 } }, body: largest },
      {
        output,
        args: { values: { bottom: 0 }, largest: { kernel: 0 } },
        body: `return Math.exp(values[${at}] - largest[${group}]);`,
      },
      { output: groups, args: { values: { kernel: 1 } }, body: overChannels("0", "result += v;") },
      {
        output,
        args: { values: { kernel: 1 }, total: { kernel: 2 } },
        body: `return values[${at}] / total[${group}];`,
        top: 0,
      },
    ]
  },

  macs: ({ tops }) => count(tops[0]!),
})
