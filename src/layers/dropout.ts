import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { dropoutMask } from "./dropout-mask.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, numberOf, section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"
import { ETA, U } from "./rounding.js"

/** What the layer multiplies by at TEST: 1, or 1 - ratio in the forks that have `scale_train: false`. */
export function testFactor({ ratio, scaleTrain }: { ratio: number; scaleTrain: boolean }): number {
  return scaleTrain ? 1 : Math.fround(1 - ratio)
}

/**
 * Dropout at TEST is a copy (dropout_layer.cpp), except where a fork's `scale_train: false` moves the scaling from training to test
 * time. At TRAIN it keeps values at random and multiplies them by 1 / (1 - ratio); here the draw depends on the layer's name alone, so that a
 * forward pass gives the same every time, on every engine.
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
    if (call.phase === "TEST") return [factor === 1 ? x! : x!.map((v) => v * factor)]
    const mask = dropoutMask(call.layer.name, x!.length, call.params.ratio)
    return [x!.map((v, i) => Math.fround(v * mask[i]!) * factor)]
  },

  onnx(call, onnx, [x]) {
    const factor = factorOf(call)
    if (call.phase === "TRAIN") throw new PrelabError("no ONNX nodes for phase", call.phase)
    return [factor === 1 ? x! : onnx.add("Mul", [x, onnx.floats("factor", factor)])]
  },

  gpu(call) {
    const { layer, params, phase, tops } = call
    const factor = factorOf(call)
    const length = count(tops[0]!)
    if (phase === "TEST" && factor === 1) return []
    if (phase === "TEST")
      return [
        { output: [length], args: { bottom: { bottom: 0 } }, body: `return bottom[x] * ${factor};`, top: 0 },
      ]
    const mask = dropoutMask(layer.name, length, params.ratio)
    const args = { bottom: { bottom: 0 }, mask: { data: mask } }
    return [{ output: [length], args, body: `return bottom[x] * mask[x] * ${factor};`, top: 0 }]
  },

  bound(call, [x], _tops, [e]) {
    const factor = factorOf(call)
    return [factor === 1 ? e! : e!.map((error, i) => factor * (error + U * (Math.abs(x![i]!) + error)) + ETA)]
  },
})

/** What the values that are kept are multiplied by in this phase. */
function factorOf({
  params,
  phase,
}: Pick<Call<{ ratio: number; scaleTrain: boolean }>, "params" | "phase">): number {
  if (phase === "TEST") return testFactor(params)
  return params.scaleTrain ? Math.fround(1 / (1 - params.ratio)) : 1
}
