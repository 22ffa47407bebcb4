import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import { dropoutMask } from "./dropout-mask.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, numberOf, section } from "./param.js"
import { mapped } from "./parts.js"
import { BOTTOM, type Pointwise, pointwiseKernel } from "./pointwise.js"
import { UnsupportedLayer } from "./problems.js"
import { ETA, U } from "./rounding.js"

/** What the layer multiplies by at TEST: 1, or 1 - ratio in the forks that have `scale_train: false`. */
function testFactor({ ratio, scaleTrain }: { ratio: number; scaleTrain: boolean }): number {
  return scaleTrain ? 1 : Math.fround(1 - ratio)
}

/**
 * Dropout at TEST is a copy (dropout_layer.cpp), except where a fork's `scale_train: false` moves the scaling
 * from training to test time. At TRAIN it keeps values at random and multiplies them by 1 / (1 - ratio); here
 * the draw depends on the layer's name and the call's seed alone, so that a forward pass gives the same every
 * time, on every engine.
 */
export const dropout = defineLayer<{ ratio: number; scaleTrain: boolean }>({
  type: "Dropout",

  parse(message) {
    const param = section(message, "dropout_param")
    return {
      ratio: Math.fround(numberOf(param, "dropout_ratio", 0.5)),
      scaleTrain: booleanOf(param, "scale_train", true),
    }
  },

  refusal({ name, message }) {
    // Bayesian SegNet draws its masks at test time too.
    if (!booleanOf(section(message, "dropout_param"), "sample_weights_test", false)) return undefined
    return new UnsupportedLayer("Dropout drops at random", `sample_weights_test in layer ${name}`)
  },

  shape: ({ bottoms: [bottom] }) => [[...bottom!]],

  forward(call, [x]) {
    const factor = factorOf(call)
    if (call.phase === "TEST") return [factor === 1 ? x! : mapped(x!, (v) => v * factor)]
    const mask = dropoutMask(call.layer.name, x!.length, call.params.ratio, call.seed)
    return [mapped(x!, (v, i) => Math.fround(v * mask[i]!) * factor)]
  },

  onnx(call, onnx, [x]) {
    const factor = factorOf(call)
    if (call.phase === "TRAIN") throw new PrelabError("no ONNX nodes for phase", call.phase)
    return [factor === 1 ? x! : onnx.add("Mul", [x, onnx.floats("factor", factor)])]
  },

  gpu: (call) => {
    const pointwise = formula(call)
    return pointwise ? [pointwiseKernel(pointwise)] : []
  },

  pointwise: formula,

  backward(call, { topDiffs: [diff] }) {
    const factor = factorOf(call)
    if (call.phase === "TEST")
      return { bottomDiffs: [factor === 1 ? diff : mapped(diff!, (d) => d * factor)] }
    const mask = dropoutMask(call.layer.name, diff!.length, call.params.ratio, call.seed)
    return { bottomDiffs: [mapped(diff!, (d, i) => Math.fround(d * mask[i]!) * factor)] }
  },

  bound(call, [x], _tops, [e]) {
    const factor = factorOf(call)
    return [factor === 1 ? e! : e!.map((error, i) => factor * (error + U * (Math.abs(x![i]!) + error)) + ETA)]
  },
})

/** Undefined where the layer is a copy. */
function formula(call: Call<{ ratio: number; scaleTrain: boolean }>): Pointwise | undefined {
  const { layer, params, phase, tops } = call
  const factor = factorOf(call)
  if (phase === "TEST" && factor === 1) return undefined
  const around = aroundAxis(tops[0]!, 1)
  if (phase === "TEST") return { around, operands: { v: BOTTOM }, body: `return v * ${factor};` }
  const data = dropoutMask(layer.name, count(tops[0]!), params.ratio, call.seed)
  return {
    around,
    operands: { v: BOTTOM, mask: { from: { data }, per: "element" } },
    body: `return v * mask * ${factor};`,
  }
}

/** What the values that are kept are multiplied by in this phase. */
function factorOf({
  params,
  phase,
}: Pick<Call<{ ratio: number; scaleTrain: boolean }>, "params" | "phase">): number {
  if (phase === "TEST") return testFactor(params)
  return params.scaleTrain ? Math.fround(1 / (1 - params.ratio)) : 1
}
