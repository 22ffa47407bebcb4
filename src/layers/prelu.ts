import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { aroundAxis, eachRun } from "./channels.js"
import { threadPerElement } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, section } from "./param.js"
import { ETA, U } from "./rounding.js"

export interface PReluParams {
  readonly channelShared: boolean
}

/** The slope that channel `c` uses: blob 0 is [C], or a 0-axis blob when `channel_shared`. */
function slopeOf({ blobs, params }: Pick<Call<PReluParams>, "blobs" | "params">): (c: number) => number {
  const slopes = blobs[0]!.data
  return params.channelShared ? () => slopes[0]! : (c) => slopes[c]!
}

/**
 * PReLU, y = max(x, 0) + a min(x, 0) with a slope a learned per channel (axis 1) or one for all: prelu_layer.cpp;
 * He et al. 2015, "Delving deep into rectifiers", equation 1. Slopes may be negative or above 1: real nets have both.
 */
export const prelu = defineLayer<PReluParams>({
  type: "PReLU",
  parse: (message) => ({
    channelShared: booleanOf(section(message, "prelu_param"), "channel_shared", false),
  }),

  shape({ bottoms: [bottom] }) {
    if (bottom!.length < 2) throw new PrelabError("PReLU needs at least two axes", bottom!.length)
    return [[...bottom!]]
  },

  blobShapes: ({ params, bottoms }) => [params.channelShared ? [] : [bottoms[0]![1]!]],

  forward(call, [x]) {
    const slope = slopeOf(call)
    const y = new Float32Array(x!.length)
    eachRun(aroundAxis(call.bottoms[0]!, 1), (c, from, to) => {
      const a = slope(c)
      // The product rounds to float32 before the sum, as in Caffe; one of the two terms is always zero, if the slope is a number.
      const above = a * 0
      for (let i = from; i < to; i++) {
        const v = x![i]!
        y[i] = v > 0 ? v + above : 0 + Math.fround(a * v)
      }
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff], paramPropagateDown: [wanted] }) {
    const slope = slopeOf(call)
    const dx = new Float32Array(x!.length)
    const sums = new Float64Array(call.blobs[0]!.data.length)
    eachRun(aroundAxis(call.bottoms[0]!, 1), (c, from, to) => {
      const a = slope(c)
      let sum = 0
      for (let i = from; i < to; i++) {
        const v = x![i]!
        const d = diff![i]!
        // At 0 the slope counts, as in Caffe.
        dx[i] = v > 0 ? d : d * a
        sum += d * Math.min(v, 0)
      }
      sums[call.params.channelShared ? 0 : c]! += sum
    })
    return { bottomDiffs: [dx], blobDiffs: [wanted ? new Float32Array(sums) : undefined] }
  },

  bound(call, [x], _tops, [e]) {
    const slope = slopeOf(call)
    const bound = new Float64Array(x!.length)
    eachRun(aroundAxis(call.bottoms[0]!, 1), (c, from, to) => {
      const a = Math.abs(slope(c))
      // Lipschitz constant max(1, |a|), plus the rounding of the product on the negative side.
      for (let i = from; i < to; i++) {
        const error = e![i]!
        bound[i] =
          Math.max(1, a) * error + (x![i]! - error < 0 ? U * a * (Math.abs(x![i]!) + error) + ETA : 0)
      }
    })
    return [bound]
  },

  gpu(call) {
    const { output, at, channel } = threadPerElement(aroundAxis(call.bottoms[0]!, 1))
    return [
      {
        output,
        args: { bottom: { bottom: 0 }, slope: { data: call.blobs[0]!.data } },
        body: `
          const v = bottom[${at}];
          const a = slope[${call.params.channelShared ? "0" : channel}];
          return v < 0 ? a * v : v;`,
        top: 0,
      },
    ]
  },

  macs: (call) => count(call.tops[0]!),
})
