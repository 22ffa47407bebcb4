import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { enumOf, numberOf, section } from "./param.js"
import { ETA, gamma } from "./rounding.js"

interface ReductionParams {
  readonly operation: "SUM" | "ASUM" | "SUMSQ" | "MEAN"
  readonly axis: number
  readonly coeff: number
}

function axisOf({ params, bottoms: [bottom] }: Pick<Call<ReductionParams>, "params" | "bottoms">): number {
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return axis
}

/**
 * How many values become one, and what the sum is multiplied by: MEAN divides the coefficient, in float32.
 */
function partsOf(call: Call<ReductionParams>): { size: number; coeff: number } {
  const { operation, coeff } = call.params
  const size = count(call.bottoms[0]!, axisOf(call))
  return { size, coeff: operation === "MEAN" ? Math.fround(coeff / size) : coeff }
}

/** Reduction of the axes from `axis` on to coeff sum x, sum |x|, sum x^2 or the mean: reduction_layer.cpp. */
export const reduction = defineLayer<ReductionParams>({
  type: "Reduction",

  parse(message) {
    const param = section(message, "reduction_param")
    return {
      operation: enumOf(param, "operation", ["SUM", "ASUM", "SUMSQ", "MEAN"], "SUM"),
      axis: numberOf(param, "axis", 0),
      coeff: Math.fround(numberOf(param, "coeff", 1)),
    }
  },

  shape: (call) => [call.bottoms[0]!.slice(0, axisOf(call))],

  forward(call, [x]) {
    const { operation } = call.params
    const { size, coeff } = partsOf(call)
    const y = new Float32Array(count(call.tops[0]!))
    for (let i = 0, at = 0; i < y.length; i++) {
      let sum = 0
      for (let j = 0; j < size; j++, at++) {
        const v = x![at]!
        sum += operation === "SUMSQ" ? v * v : operation === "ASUM" ? Math.abs(v) : v
      }
      y[i] = Math.fround(sum) * coeff
    }
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const { operation } = call.params
    const { size, coeff } = partsOf(call)
    const slope = {
      SUM: () => 1,
      MEAN: () => 1,
      ASUM: Math.sign,
      SUMSQ: (v: number) => 2 * v,
    }[operation]
    return { bottomDiffs: [x!.map((v, i) => Math.fround(coeff * diff![Math.floor(i / size)]!) * slope(v))] }
  },

  bound(call, [x], _tops, [e]) {
    const { size, coeff } = partsOf(call)
    const squares = call.params.operation === "SUMSQ"
    // The additions, the squares and the coefficient round.
    const g = gamma(size + 1)
    const bound = new Float64Array(count(call.tops[0]!))
    for (let i = 0, at = 0; i < bound.length; i++) {
      let sum = 0
      for (let j = 0; j < size; j++, at++) {
        const v = Math.abs(x![at]!)
        const error = e![at]!
        sum += squares ? (2 * v + error) * error + g * (v + error) ** 2 + ETA : error + g * (v + error)
      }
      bound[i] = Math.abs(coeff) * sum + ETA
    }
    return [bound]
  },

  onnx(call, onnx, [x]) {
    const [bottom] = call.bottoms
    const axes = bottom!.map((_, i) => i).slice(axisOf(call))
    const { coeff } = partsOf(call)
    const { operation } = call.params
    const sum =
      operation === "ASUM" || operation === "SUMSQ"
        ? onnx.add(operation === "ASUM" ? "ReduceL1" : "ReduceSumSquare", [x], { axes, keepdims: 0 })
        : onnx.add("ReduceSum", [x, onnx.ints("axes", axes)], { keepdims: 0 })
    return [coeff === 1 ? sum : onnx.add("Mul", [sum, onnx.floats("coefficient", coeff)])]
  },

  gpu(call) {
    const { size, coeff } = partsOf(call)
    const { operation } = call.params
    const term = operation === "SUMSQ" ? "v * v" : operation === "ASUM" ? "Math.abs(v)" : "v"
    return [
      {
        output: [count(call.tops[0]!)],
        args: { bottom: { bottom: 0 } },
        body: `
          let sum = 0;
          for (let i = 0; i < ${size}; i++) {
            const v = bottom[x * ${size} + i];
            sum += ${term};
          }
          return sum${coeff === 1 ? "" : ` * (${coeff})`};`,
        top: 0,
      },
    ]
  },

  macs: ({ bottoms }) => count(bottoms[0]!),
})
