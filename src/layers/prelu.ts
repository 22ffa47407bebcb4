import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { aroundAxis, eachRun } from "./channels.js"
import { type Call, defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { booleanOf, section } from "./param.js"
import { BOTTOM } from "./pointwise.js"
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
 * PReLU, y = max(x, 0) + a min(x, 0) with a slope a learned per channel (axis 1) or one for all:
 * prelu_layer.cpp; He et al. 2015, "Delving deep into rectifiers", equation 1. Slopes may be negative or
 * above 1: real nets have both.
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
      // The product rounds to float32 before the sum, as in Caffe; one of the two terms is always zero, if
      // the slope is a number.
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

  onnx({ params, blobs, bottoms: [bottom] }, onnx, [x]) {
    // [C, 1, 1] for images. ONNX broadcasts from the last axis on: [C] would be a slope for every column.
    const shape = params.channelShared ? [1] : broadcastFrom(bottom!, 1, 1)
    return [onnx.add("PRelu", [x, onnx.floats("slope", blobs[0]!.data, shape)])]
  },

  pointwise: ({ params, tops, blobs }) => ({
    around: aroundAxis(tops[0]!, 1),
    operands: {
      v: BOTTOM,
      slope: { from: { data: blobs[0]!.data }, per: params.channelShared ? "all" : "channel" },
    },
    body: "return v < 0 ? slope * v : v;",
  }),

  macs: (call) => count(call.tops[0]!),
})
