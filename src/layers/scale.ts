import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape, type Message, type Shape } from "../net/index.js"
import { aroundAxis, type Channels, channelSums, eachRun } from "./channels.js"
import { type Call, defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { BOTTOM } from "./pointwise.js"
import { ETA, U } from "./rounding.js"

export interface ScaleParams {
  readonly axis: number
  readonly numAxes: number
  readonly biasTerm: boolean
}

export function parseScale(message: Message): ScaleParams {
  const param = section(message, "scale_param")
  return {
    axis: numberOf(param, "axis", 1),
    numAxes: numberOf(param, "num_axes", 1),
    biasTerm: booleanOf(param, "bias_term", false),
  }
}

/**
 * Which axes the scale covers: `axis` … `axis + num_axes`, all the rest for -1, as many as the second bottom
 * has.
 */
function covered({ params, bottoms }: Pick<Call<ScaleParams>, "params" | "bottoms">): {
  axis: number
  axes: number
} {
  const [bottom, second] = bottoms as [Shape, Shape?]
  const axis = second && second.length === 0 ? 0 : canonicalAxis(params.axis, bottom.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  const axes = second ? second.length : params.numAxes === -1 ? bottom.length - axis : params.numAxes
  if (axes < 0 || axis + axes > bottom.length) {
    throw new PrelabError(
      "scale covers more axes than its bottom",
      `${axis} + ${axes} of ${formatShape(bottom)}`,
    )
  }
  return { axis, axes }
}

function partsOf(call: Call<ScaleParams>, bottoms: readonly Float32Array[]) {
  const { axis, axes } = covered(call)
  const around: Channels = aroundAxis(call.bottoms[0]!, axis, axes)
  const two = bottoms.length === 2
  const factor = two ? bottoms[1]! : call.blobs[0]!.data
  const bias = call.params.biasTerm ? call.blobs[two ? 0 : 1]!.data : undefined
  return { around, factor, bias }
}

/**
 * Scale, y = x g + b, the factor and bias broadcast from `axis` on: scale_layer.cpp. With two bottoms the
 * second is the factor. The bias is absent by default.
 */
export const scale = defineLayer<ScaleParams>({
  type: "Scale",
  parse: parseScale,

  shape(call) {
    const { axis, axes } = covered(call)
    const [bottom, second] = call.bottoms as [Shape, Shape?]
    if (second?.some((n, i) => n !== bottom[axis + i])) {
      throw new PrelabError(
        "scale shape mismatch",
        `${formatShape(second)} in ${formatShape(bottom)} at axis ${axis}`,
      )
    }
    return [[...bottom.slice(0, axis), ...bottom.slice(axis, axis + axes), ...bottom.slice(axis + axes)]]
  },

  blobShapes(call) {
    const { axis, axes } = covered(call)
    const shape = call.bottoms[0]!.slice(axis, axis + axes)
    const factor = call.bottoms.length === 2 ? [] : [shape]
    return call.params.biasTerm ? [...factor, shape] : factor
  },

  forward(call, bottoms) {
    const { around, factor, bias } = partsOf(call, bottoms)
    const x = bottoms[0]!
    const y = new Float32Array(x.length)
    eachRun(around, (c, from, to) => {
      const g = factor[c]!
      for (let i = from; i < to; i++) y[i] = bias ? Math.fround(x[i]! * g) + bias[c]! : x[i]! * g
    })
    return [y]
  },

  backward(call, { bottoms, topDiffs: [diff], propagateDown, paramPropagateDown }) {
    const { around, factor } = partsOf(call, bottoms)
    const x = bottoms[0]!
    const dx = new Float32Array(x.length)
    eachRun(around, (c, from, to) => {
      const g = factor[c]!
      for (let i = from; i < to; i++) dx[i] = diff![i]! * g
    })
    const two = bottoms.length === 2
    const onFactor = (wanted: boolean | undefined) =>
      wanted ? channelSums(around, (i) => diff![i]! * x[i]!) : undefined
    const onBias = (wanted: boolean | undefined) =>
      wanted ? channelSums(around, (i) => diff![i]!) : undefined
    if (two)
      return { bottomDiffs: [dx, onFactor(propagateDown[1])], blobDiffs: [onBias(paramPropagateDown[0])] }
    return { bottomDiffs: [dx], blobDiffs: [onFactor(paramPropagateDown[0]), onBias(paramPropagateDown[1])] }
  },

  bound(call, bottoms, [y], errors) {
    const { around, factor, bias } = partsOf(call, bottoms)
    const x = bottoms[0]!
    const bound = new Float64Array(x.length)
    eachRun(around, (c, from, to) => {
      const g = Math.abs(factor[c]!)
      const onFactor = errors[1]?.[c] ?? 0
      for (let i = from; i < to; i++) {
        const error = errors[0]![i]!
        const size = Math.abs(x[i]!) + error
        bound[i] = error * g + size * onFactor + U * size * (g + onFactor) + ETA
        // The sum with the bias rounds once more, relative to its result.
        if (bias) bound[i] = bound[i]! * (1 + U) + U * Math.abs(y![i]!)
      }
    })
    return [bound]
  },

  onnx(call, onnx, [x, second]) {
    const { axis, axes } = covered(call)
    const shape = broadcastFrom(call.bottoms[0]!, axis, axes)
    const [first, ...rest] = call.blobs
    const factor = second
      ? onnx.reshape(second, call.bottoms[1]!, shape)
      : onnx.floats("scale", first!.data, shape)
    const scaled = onnx.add("Mul", [x, factor])
    const bias = call.params.biasTerm ? (second ? first : rest[0]) : undefined
    return [bias ? onnx.add("Add", [scaled, onnx.floats("bias", bias.data, shape)]) : scaled]
  },

  pointwise(call) {
    const { axis, axes } = covered(call)
    const two = call.bottoms.length === 2
    const bias = call.params.biasTerm ? call.blobs[two ? 0 : 1]! : undefined
    return {
      around: aroundAxis(call.bottoms[0]!, axis, axes),
      operands: {
        v: BOTTOM,
        factor: { from: two ? { bottom: 1 } : { data: call.blobs[0]!.data }, per: "channel" },
        ...(bias ? { bias: { from: { data: bias.data }, per: "channel" } } : {}),
      },
      body: `return v * factor${bias ? " + bias" : ""};`,
    }
  },

  macs: (call) => count(call.tops[0]!),
})
