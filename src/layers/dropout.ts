import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { booleanOf, numberOf, section } from "./param.js"
import { ETA, U } from "./rounding.js"

/** What the layer multiplies by at TEST: 1, or 1 - ratio in the forks that have `scale_train: false`. */
export function testFactor({ ratio, scaleTrain }: { ratio: number; scaleTrain: boolean }): number {
  return scaleTrain ? 1 : Math.fround(1 - ratio)
}

/**
 * Dropout at TEST is a copy (dropout_layer.cpp), except where a fork's `scale_train: false` moves the scaling from
 * training to test time.
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

  shape: ({ bottoms: [bottom] }) => [[...bottom!]],

  forward({ params, phase }, [x]) {
    if (phase === "TRAIN") throw new PrelabError("Dropout needs training to run", "phase TRAIN")
    const factor = testFactor(params)
    return [factor === 1 ? x! : x!.map((v) => v * factor)]
  },

  gpu({ params, phase, tops }) {
    if (phase === "TRAIN") throw new PrelabError("Dropout needs training to run", "phase TRAIN")
    const factor = testFactor(params)
    if (factor === 1) return []
    const body = `return bottom[x] * ${factor};`
    return [{ output: [count(tops[0]!)], args: { bottom: { bottom: 0 } }, body, top: 0 }]
  },

  bound({ params }, [x], _tops, [e]) {
    const factor = testFactor(params)
    return [factor === 1 ? e! : e!.map((error, i) => factor * (error + U * (Math.abs(x![i]!) + error)) + ETA)]
  },
})
