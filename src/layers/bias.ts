import { PrelabError } from "../error.js"
import { canonicalAxis, formatShape, type Shape } from "../net/index.js"
import { aroundAxis, type Channels, channelSums, eachRun } from "./channels.js"
import { type Call, defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { numberOf, section } from "./param.js"
import { BOTTOM } from "./pointwise.js"
import { U } from "./rounding.js"

interface BiasParams {
  readonly axis: number
  readonly numAxes: number
}

/**
 * Which axes the bias covers: `num_axes` from `axis` on, all the rest for -1, as many as a second bottom has.
 */
function covered({ params, bottoms }: Pick<Call<BiasParams>, "params" | "bottoms">): {
  axis: number
  shape: Shape
} {
  const [bottom, second] = bottoms as [Shape, Shape?]
  const axis = second?.length === 0 ? 0 : canonicalAxis(params.axis, bottom.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  const axes = second ? second.length : params.numAxes === -1 ? bottom.length - axis : params.numAxes
  if (axes < 0 || axis + axes > bottom.length)
    throw new PrelabError(
      "bias covers more axes than its bottom",
      `${axis} + ${axes} of ${formatShape(bottom)}`,
    )
  const shape = bottom.slice(axis, axis + axes)
  if (second?.some((n, i) => n !== shape[i]))
    throw new PrelabError(
      "bias shape mismatch",
      `${formatShape(second)} in ${formatShape(bottom)} at axis ${axis}`,
    )
  return { axis, shape }
}

function around(call: Pick<Call<BiasParams>, "params" | "bottoms">): Channels {
  const { axis, shape } = covered(call)
  return aroundAxis(call.bottoms[0]!, axis, shape.length)
}

/**
 * Bias, y = x + b, the bias broadcast from `axis` on; with two bottoms the second is the bias:
 * bias_layer.cpp.
 */
export const bias = defineLayer<BiasParams>({
  type: "Bias",

  parse(message) {
    const param = section(message, "bias_param")
    return { axis: numberOf(param, "axis", 1), numAxes: numberOf(param, "num_axes", 1) }
  },

  shape(call) {
    covered(call)
    return [[...call.bottoms[0]!]]
  },

  blobShapes: (call) => (call.bottoms.length > 1 ? [] : [covered(call).shape]),

  forward(call, [x, second]) {
    const b = second ?? call.blobs[0]!.data
    const y = new Float32Array(x!.length)
    eachRun(around(call), (c, from, to) => {
      for (let i = from; i < to; i++) y[i] = x![i]! + b[c]!
    })
    return [y]
  },

  backward(call, { topDiffs: [diff], propagateDown, paramPropagateDown }) {
    const two = call.bottoms.length > 1
    const wanted = two ? propagateDown[1] : paramPropagateDown[0]
    const sums = wanted ? channelSums(around(call), (i) => diff![i]!) : undefined
    return two ? { bottomDiffs: [diff, sums] } : { bottomDiffs: [diff], blobDiffs: [sums] }
  },

  bound(call, _bottoms, [y], [e, second]) {
    const bound = new Float64Array(y!.length)
    eachRun(around(call), (c, from, to) => {
      for (let i = from; i < to; i++) {
        const error = e![i]! + (second?.[c] ?? 0)
        bound[i] = error + U * (Math.abs(y![i]!) + error)
      }
    })
    return [bound]
  },

  onnx(call, onnx, [x, second]) {
    const { axis, shape } = covered(call)
    const wide = broadcastFrom(call.bottoms[0]!, axis, shape.length)
    const bias = second
      ? onnx.reshape(second, call.bottoms[1]!, wide)
      : onnx.floats("bias", call.blobs[0]!.data, wide)
    return [onnx.add("Add", [x, bias])]
  },

  pointwise: (call) => ({
    around: around(call),
    operands: {
      v: BOTTOM,
      bias: {
        from: call.bottoms.length > 1 ? { bottom: 1 } : { data: call.blobs[0]!.data },
        per: "channel",
      },
    },
    body: "return v + bias;",
  }),
})
