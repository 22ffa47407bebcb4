import { count, type Shape } from "../net/index.js"
import { aroundAxis, type Channels } from "./channels.js"
import { defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"
import { mapped } from "./parts.js"
import { BOTTOM } from "./pointwise.js"
import { rectified, rectifiedDiff } from "./rectify.js"
import { ETA, U } from "./rounding.js"

/** One slope for all values: what threads share are items. */
function itemsOf(bottom: Shape): Channels {
  return aroundAxis(bottom, 0, 1)
}

/** ReLU, y = max(x, 0) + negative_slope min(x, 0); leaky when the slope is not 0: relu_layer.cpp. */
export const relu = defineLayer<{ negativeSlope: number }>({
  type: "ReLU",
  parse: (message) => ({
    negativeSlope: Math.fround(numberOf(section(message, "relu_param"), "negative_slope", 0)),
  }),
  shape: ({ bottoms: [bottom] }) => [[...bottom!]],

  forward: ({ params: { negativeSlope }, bottoms: [bottom] }, [x]) => [
    rectified(x!, itemsOf(bottom!), Float32Array.of(negativeSlope)),
  ],

  /**
   * Caffe's reads its top where it runs in place, whose sign a negative slope turns over (BVLC/caffe#2413);
   * here the bottom is there.
   */
  backward: ({ params: { negativeSlope }, bottoms: [bottom] }, { bottoms: [x], topDiffs: [diff] }) => ({
    bottomDiffs: [rectifiedDiff(x!, diff!, itemsOf(bottom!), Float32Array.of(negativeSlope)).dx],
  }),

  bound({ params: { negativeSlope } }, [x], _tops, [e]) {
    const a = Math.abs(negativeSlope)
    // Where the slope is 0 nothing rounds: max(x, 0) is exact.
    return [
      mapped(
        e!,
        (error, i) => Math.max(1, a) * error + (a === 0 ? 0 : U * a * (Math.abs(x![i]!) + error) + ETA),
      ),
    ]
  },

  onnx: ({ params: { negativeSlope } }, onnx, [x]) => [
    negativeSlope === 0
      ? onnx.add("Relu", [x])
      : onnx.add("LeakyRelu", [x], { alpha: { float: negativeSlope } }),
  ],

  pointwise: ({ params: { negativeSlope }, tops }) => ({
    around: aroundAxis(tops[0]!, 1),
    operands: { v: BOTTOM },
    body: `return v < 0 ? ${negativeSlope === 0 ? "0" : `v * (${negativeSlope})`} : v;`,
  }),

  macs: ({ params, tops }) => (params.negativeSlope === 0 ? 0 : count(tops[0]!)),
})
