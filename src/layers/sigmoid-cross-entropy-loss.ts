import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { FUNCTION_ERROR, logSeries, sigmoidOf } from "./elementary.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { areUncertain, checkBottoms, type LossParams, LossSum, normalizer, parseLoss } from "./loss.js"
import { divisorOf, totalKernel, unlessIgnored } from "./loss-kernels.js"
import { labelNodes, lossNodes } from "./loss-nodes.js"
import { U } from "./rounding.js"

/** One element's share: log(1 + exp(-|x|)) - x (t - [x >= 0]), the form that does not overflow. */
function term(x: number, t: number): number {
  return Math.log1p(Math.exp(-Math.abs(x))) - x * (t - (x >= 0 ? 1 : 0))
}

/** Visits every element whose target counts; returns what the loss is divided by. */
function eachElement(call: Call<LossParams>, targets: Float32Array, visit: (at: number) => void): number {
  const shape = call.bottoms[0]!
  let valid = 0
  targets.forEach((target, i) => {
    if (Math.trunc(target) === call.params.ignoreLabel) return
    visit(i)
    valid++
  })
  return normalizer(call.params.normalization, shape[0]!, count(shape, 1), valid)
}

/**
 * SigmoidCrossEntropyLoss, -sum of t log s(x) + (1 - t) log(1 - s(x)) over every element, s the logistic
 * function, divided by the batch size unless `normalization` says otherwise:
 * sigmoid_cross_entropy_loss_layer.cpp.
 */
export const sigmoidCrossEntropyLoss = defineLayer<LossParams>({
  type: "SigmoidCrossEntropyLoss",
  parse: (message) => parseLoss(message, "BATCH_SIZE"),

  shape({ bottoms }) {
    checkBottoms("SigmoidCrossEntropyLoss", bottoms, 2)
    const [x, target] = bottoms
    if (count(x!) !== count(target!))
      throw new PrelabError("shape mismatch", `${formatShape(x!)} and ${formatShape(target!)}`)
    return [[]]
  },

  forward(call, [x, targets]) {
    let loss = 0
    const divisor = eachElement(call, targets!, (i) => {
      loss += term(x![i]!, targets![i]!)
    })
    return [Float32Array.of(Math.fround(loss) / divisor)]
  },

  backward(call, { bottoms: [x, targets], topDiffs: [diff] }) {
    const dx = new Float32Array(x!.length)
    const divisor = eachElement(call, targets!, (i) => {
      dx[i] = Math.fround(sigmoidOf(x![i]!)) - targets![i]!
    })
    const factor = Math.fround(diff![0]! / divisor)
    return { bottomDiffs: [dx.map((v) => v * factor)] }
  },

  dataOnly: { 1: "label inputs" },

  bound(call, [x, targets], _tops, [e, te]) {
    const { ignoreLabel } = call.params
    if (ignoreLabel !== undefined && areUncertain(targets!, te!))
      return [Float64Array.of(Number.POSITIVE_INFINITY)]
    const sum = new LossSum()
    const divisor = eachElement(call, targets!, (i) => {
      const [v, t] = [x![i]!, targets![i]!]
      // The slope in x is s(x) - t with s between 0 and 1, the slope in t is -x.
      const moved =
        e![i]! * (Math.max(Math.abs(t), Math.abs(1 - t)) + te![i]!) + te![i]! * (Math.abs(v) + e![i]!)
      // The product of two rounded factors; 1 + exp rounded before the logarithm.
      const product = 3 * U * Math.abs(v * (t - (v >= 0 ? 1 : 0)))
      const exp = Math.exp(-Math.abs(v))
      const log = U * (1 + exp) + FUNCTION_ERROR * (exp + Math.log1p(exp))
      sum.add(Math.abs(v * (t - (v >= 0 ? 1 : 0))) + Math.log1p(exp), moved + product + log)
    })
    return [sum.bound(divisor)]
  },

  onnx({ params, bottoms }, onnx, [x, targets]) {
    const [shape] = bottoms as [number[]]
    const places = { outer: shape[0]!, inner: count(shape, 1) }
    const flat = [places.outer, 1, places.inner]
    const v = onnx.reshape(x!, shape, flat)
    const t = onnx.reshape(targets!, bottoms[1]!, flat)
    const { counts } = labelNodes(onnx, targets!, bottoms[1]!, places, params.ignoreLabel)
    const isPositive = onnx.add("GreaterOrEqual", [v, onnx.floats("zero", 0)])
    const away = onnx.add("Sub", [t, onnx.add("Cast", [isPositive], { to: 1 })])
    const log = onnx.add("Softplus", [onnx.add("Neg", [onnx.add("Abs", [v])])])
    const terms = onnx.add("Sub", [log, onnx.add("Mul", [v, away])])
    return [lossNodes(onnx, terms, params, places, counts)]
  },

  gpu({ params, bottoms }): GpuKernel[] {
    const [examples] = bottoms[0]!
    const size = count(bottoms[0]!, 1)
    const divisor = divisorOf(params, examples!, size)
    const ofExample = (step: string) => `
      let sum = 0;
      for (let i = 0; i < ${size}; i++) {
        const t = targets[x * ${size} + i];
        ${unlessIgnored("t", params.ignoreLabel, step)}
      }
      return sum;`
    const term = `
      const v = logits[x * ${size} + i];
      const power = Math.exp(-Math.abs(v));
      const s = power / (2 + power);
      const q = s * s;
      sum += ${logSeries("s", "q")} - v * (t - (v >= 0 ? 1 : 0));`
    const losses = {
      output: [examples!],
      args: { logits: { bottom: 0 }, targets: { bottom: 1 } },
      body: ofExample(term),
    }
    if (divisor !== "valid") return [losses, totalKernel(0, examples!, divisor)]
    return [
      losses,
      { output: [examples!], args: { targets: { bottom: 1 } }, body: ofExample("sum += 1;") },
      totalKernel(0, examples!, { kernel: 1 }),
    ]
  },

  macs: ({ bottoms }) => count(bottoms[0]!),
})
