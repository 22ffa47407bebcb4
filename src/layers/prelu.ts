import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { aroundAxis, eachRun } from "./channels.js"
import { type Call, defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { booleanOf, section } from "./param.js"
import { BOTTOM } from "./pointwise.js"
import { rectified, rectifiedDiff } from "./rectify.js"
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

  forward: ({ bottoms: [bottom], blobs }, [x]) => [rectified(x!, aroundAxis(bottom!, 1), blobs[0]!.data)],

  backward({ bottoms: [bottom], blobs }, { bottoms: [x], topDiffs: [diff], paramPropagateDown: [wanted] }) {
    const { dx, slopeDiffs } = rectifiedDiff(x!, diff!, aroundAxis(bottom!, 1), blobs[0]!.data)
    return { bottomDiffs: [dx], blobDiffs: [wanted ? new Float32Array(slopeDiffs) : undefined] }
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
