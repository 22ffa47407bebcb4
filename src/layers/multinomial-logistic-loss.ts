import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { logStatements } from "./elementary.js"
import { type Call, defineLayer } from "./layer-type.js"
import { legacyShape } from "./legacy-shape.js"
import { areUncertain, checkBottoms, classOf, LossSum, logError } from "./loss.js"
import { classAt, isClass, totalOfLabelsKernel } from "./loss-kernels.js"
import {
  aroundNodes,
  dividedNodes,
  labelNodes,
  minusLogNodes,
  totalNodes,
  trueClassNodes,
} from "./loss-nodes.js"
import { checkPlaces } from "./view.js"

/** kLOG_THRESHOLD, a float. */
const LEAST = Math.fround(1e-20)

/** The place of every example's true class. */
function trueClasses(call: Call<object>, labels: Float32Array): number[] {
  const shape = call.bottoms[0]!
  const size = count(shape, 1)
  return Array.from({ length: shape[0]! }, (_, i) => i * size + classOf(call, labels[i]!, size))
}

/**
 * MultinomialLogisticLoss, -sum log(max(p[label], 1e-20)) / N for probabilities p in bottom 0:
 * multinomial_logistic_loss_layer.cpp.
 */
export const multinomialLogisticLoss = defineLayer<object>({
  type: "MultinomialLogisticLoss",
  parse: () => ({}),

  shape({ bottoms }) {
    checkBottoms("MultinomialLogisticLoss", bottoms, 2)
    legacyShape(bottoms[0]!)
    if (count(legacyShape(bottoms[1]!), 1) !== 1)
      throw new PrelabError("one label per example", formatShape(bottoms[1]!))
    return [[]]
  },

  forward(call, [p, labels]) {
    let loss = 0
    for (const at of trueClasses(call, labels!)) loss -= Math.log(Math.max(p![at]!, LEAST))
    return [Float32Array.of(Math.fround(loss) / call.bottoms[0]![0]!)]
  },

  backward(call, { bottoms: [p, labels], topDiffs: [diff] }) {
    const dp = new Float32Array(p!.length)
    const factor = Math.fround(-diff![0]! / call.bottoms[0]![0]!)
    for (const at of trueClasses(call, labels!)) dp[at] = factor / Math.max(p![at]!, LEAST)
    return { bottomDiffs: [dp] }
  },

  dataOnly: { 1: "label inputs" },

  bound(call, [p, labels], _tops, [e, labelErrors]) {
    if (areUncertain(labels!, labelErrors!)) return [Float64Array.of(Number.POSITIVE_INFINITY)]
    const sum = new LossSum()
    for (const at of trueClasses(call, labels!))
      sum.add(Math.log(Math.max(p![at]!, LEAST)), logError(p![at]!, e![at]!, LEAST))
    return [sum.bound(call.bottoms[0]![0]!)]
  },

  onnx({ bottoms }, onnx, [p, labels]) {
    const examples = bottoms[0]![0]!
    const known = labelNodes(onnx, labels!, bottoms[1]!, { outer: examples, inner: 1 }, undefined)
    const around = { outer: examples, channels: count(bottoms[0]!, 1), inner: 1 }
    const own = trueClassNodes(onnx, aroundNodes(onnx, p!, bottoms[0]!, around), known)
    return [dividedNodes(onnx, totalNodes(onnx, minusLogNodes(onnx, own, LEAST)), examples)]
  },

  gpu({ bottoms }) {
    const [examples] = bottoms[0]!
    const size = count(bottoms[0]!, 1)
    checkPlaces(count(bottoms[0]!))
    return [
      {
        output: [examples!],
        args: { probabilities: { bottom: 0 }, labels: { bottom: 1 } },
        body: `
          const label = labels[x];
          let p = 1;
          if (${isClass("label", size)}) { p = Math.max(probabilities[x * ${size} + ${classAt("label")}], ${LEAST}); }
          ${logStatements("p")}
          return -result;`,
      },
      totalOfLabelsKernel(0, examples!, size, examples!),
    ]
  },
})
