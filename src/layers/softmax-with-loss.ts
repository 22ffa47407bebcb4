import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import {
  logArguments,
  logStart,
  minusLog,
  probabilities,
  probabilityErrors,
  probabilityKernels,
} from "./class-probabilities.js"
import { type Call, defineLayer } from "./layer-type.js"
import {
  areUncertain,
  checkBottoms,
  checkLabels,
  classOf,
  type LossParams,
  LossSum,
  logError,
  normalizer,
  parseLoss,
} from "./loss.js"
import { classAt, divisorOf, isClass, totalOfLabelsKernel, unlessIgnored } from "./loss-kernels.js"
import { aroundNodes, labelNodes, lossNodes, minusLogNodes, trueClassNodes } from "./loss-nodes.js"
import { numberOf, section } from "./param.js"
import { mapped } from "./parts.js"
import { checkPlaces } from "./view.js"

/** FLT_MIN: no probability counts as less. */
const LEAST = 2 ** -126

interface SoftmaxWithLossParams extends LossParams {
  readonly axis: number
}

function around({ params, bottoms: [bottom] }: Pick<Call<SoftmaxWithLossParams>, "params" | "bottoms">) {
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return aroundAxis(bottom!, axis)
}

/**
 * Visits the place of every true class's probability, and that of the first class there; returns what the
 * loss is divided by.
 */
function eachTrueClass(
  call: Call<SoftmaxWithLossParams>,
  labels: Float32Array,
  visit: (at: number, first: number) => void,
): number {
  const { outer, channels, inner } = around(call)
  const { ignoreLabel, normalization } = call.params
  let valid = 0
  labels.forEach((label, i) => {
    if (Math.trunc(label) === ignoreLabel) return
    const o = Math.floor(i / inner)
    const first = o * channels * inner + (i - o * inner)
    visit(first + classOf(call, label, channels) * inner, first)
    valid++
  })
  return normalizer(normalization, outer, inner, valid)
}

/**
 * SoftmaxWithLoss, -sum log(max(p[label], FLT_MIN)) / normalizer with p = softmax(x) over one axis:
 * softmax_loss_layer.cpp. A second top holds p. `loss_weight` is no part of the top.
 */
export const softmaxWithLoss = defineLayer<SoftmaxWithLossParams>({
  type: "SoftmaxWithLoss",

  parse: (message) => ({
    ...parseLoss(message),
    axis: numberOf(section(message, "softmax_param"), "axis", 1),
  }),

  shape(call) {
    const { bottoms, layer } = call
    checkBottoms("SoftmaxWithLoss", bottoms, 2)
    const { outer, inner } = around(call)
    checkLabels(outer * inner, bottoms[1]!, count(bottoms[1]!))
    return layer.tops.length > 1 ? [[], [...bottoms[0]!]] : [[]]
  },

  forward(call, [x, labels]) {
    const p = probabilities(call, call.params.axis, x!)
    let loss = 0
    const divisor = eachTrueClass(call, labels!, (at) => {
      loss -= Math.log(Math.max(p[at]!, LEAST))
    })
    const top = Float32Array.of(Math.fround(loss) / divisor)
    return call.tops.length > 1 ? [top, p] : [top]
  },

  backward(call, { bottoms: [x, labels], topDiffs: [diff] }) {
    const p = probabilities(call, call.params.axis, x!)
    const dx = new Float32Array(p.length)
    const { channels, inner } = around(call)
    const divisor = eachTrueClass(call, labels!, (at, first) => {
      for (let i = first; i < first + channels * inner; i += inner) dx[i] = p[i]!
      dx[at] = dx[at]! - 1
    })
    const factor = Math.fround(diff![0]! / divisor)
    return { bottomDiffs: [mapped(dx, (v) => v * factor)] }
  },

  dataOnly: { 1: "label inputs" },

  bound(call, [x, labels], _tops, [e, labelErrors]) {
    const p = probabilities(call, call.params.axis, x!)
    const errors = probabilityErrors(call, call.params.axis, x!, p, e!)
    const sum = new LossSum()
    const divisor = eachTrueClass(call, labels!, (at) => {
      sum.add(Math.log(Math.max(p[at]!, LEAST)), logError(p[at]!, errors[at]!, LEAST))
    })
    const bound = areUncertain(labels!, labelErrors!)
      ? Float64Array.of(Number.POSITIVE_INFINITY)
      : sum.bound(divisor)
    return call.tops.length > 1 ? [bound, errors] : [bound]
  },

  onnx(call, onnx, [x, labels]) {
    const { params, bottoms, tops } = call
    const places = around(call)
    const p = onnx.add("Softmax", [aroundNodes(onnx, x!, bottoms[0]!, places)], { axis: 1 })
    const known = labelNodes(onnx, labels!, bottoms[1]!, places, params.ignoreLabel)
    const terms = minusLogNodes(onnx, trueClassNodes(onnx, p, known), LEAST)
    const loss = lossNodes(onnx, terms, params, places, known.counts)
    return tops.length > 1 ? [loss, onnx.add("Reshape", [p, onnx.ints("shape", tops[1]!)])] : [loss]
  },

  gpu(call) {
    const { outer, channels, inner } = around(call)
    const { axis, ignoreLabel } = call.params
    checkPlaces(count(call.bottoms[0]!))
    const kernels = probabilityKernels(call, axis)
    const score = `scores[(y * ${channels} + ${classAt("label")}) * ${inner} + x]`
    return [
      ...kernels,
      {
        output: [inner, outer],
        args: { scores: { bottom: 0 }, labels: { bottom: 1 }, ...logArguments },
        body: `
          const at = x + y * ${inner};
          const label = labels[at];
          ${logStart}
          let loss = 0;
          if (${isClass("label", channels)}) {
            ${unlessIgnored("label", ignoreLabel, `const score = ${score}; loss = ${minusLog("score", LEAST)};`)}
          }
          return loss;`,
      },
      totalOfLabelsKernel(
        kernels.length,
        outer * inner,
        channels,
        divisorOf(call.params, outer, inner),
        ignoreLabel,
      ),
    ]
  },

  macs: ({ bottoms }) => count(bottoms[0]!),
})
