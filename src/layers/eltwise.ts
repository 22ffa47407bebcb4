import { PrelabError } from "../error.js"
import { count, formatShape, type Shape, sameShape } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import { carry, type GpuArgument, MAX_ARRAYS } from "./gpu-kernel.js"
import { defineLayer } from "./layer-type.js"
import { enumOf, listOf, section } from "./param.js"
import { eachPart, mapped } from "./parts.js"
import { type Operand, type Pointwise, pointwiseKernel } from "./pointwise.js"
import { ETA, gamma } from "./rounding.js"

export interface EltwiseParams {
  readonly operation: "PROD" | "SUM" | "MAX"
  readonly coeff: readonly number[]
}

/** The product of all bottoms but one, as Caffe's stable_prod_grad has it. */
function productOfOthers(bottoms: readonly Float32Array[]): (b: number, i: number) => number {
  return (b, i) => {
    let product = 1
    bottoms.forEach((x, other) => {
      if (other !== b) product = Math.fround(product * x[i]!)
    })
    return product
  }
}

/**
 * 1 for the bottom that an element of the maximum is from, else 0. Of two equal ones at the start it is the
 * second, later the earlier.
 */
function winners(bottoms: readonly Float32Array[]): (b: number, i: number) => number {
  const winner = mapped(bottoms[0]!, (_, i) => {
    let best = bottoms[0]![i]! > bottoms[1]![i]! ? 0 : 1
    for (let b = 2; b < bottoms.length; b++) if (bottoms[b]![i]! > bottoms[best]![i]!) best = b
    return best
  })
  return (b, i) => (winner[i] === b ? 1 : 0)
}

/**
 * Eltwise: sum (with coefficients), product or maximum of equal shapes, bottom after bottom:
 * eltwise_layer.cpp.
 */
export const eltwise = defineLayer<EltwiseParams>({
  type: "Eltwise",

  parse(message, layer) {
    const param = section(message, "eltwise_param")
    const operation = enumOf(param, "operation", ["PROD", "SUM", "MAX"], "SUM")
    const coeff = listOf(param, "coeff").map(Math.fround)
    if (coeff.length > 0 && operation !== "SUM")
      throw new PrelabError("coefficients need operation SUM", operation)
    if (coeff.length > 0 && coeff.length !== layer.bottoms.length) {
      throw new PrelabError(
        "one coefficient per bottom",
        `${coeff.length} for ${layer.bottoms.length} bottoms`,
      )
    }
    return { operation, coeff: coeff.length > 0 ? coeff : layer.bottoms.map(() => 1) }
  },

  shape({ bottoms }) {
    if (bottoms.length < 2) throw new PrelabError("Eltwise needs two bottoms", bottoms.length)
    const other = bottoms.find((bottom) => !sameShape(bottom, bottoms[0]!))
    if (other)
      throw new PrelabError("shape mismatch", `${formatShape(bottoms[0]!)} and ${formatShape(other)}`)
    return [[...bottoms[0]!]]
  },

  forward({ params: { operation, coeff } }, bottoms) {
    const y = Float32Array.from(bottoms[0]!)
    if (operation === "SUM" && coeff[0] !== 1) for (let i = 0; i < y.length; i++) y[i] = y[i]! * coeff[0]!
    bottoms.slice(1).forEach((x, b) => {
      const a = coeff[b + 1]!
      eachPart(y.length, (from, to) => {
        for (let i = from; i < to; i++) {
          if (operation === "SUM") y[i] = y[i]! + a * x[i]!
          else if (operation === "PROD") y[i] = y[i]! * x[i]!
          else y[i] = Math.max(y[i]!, x[i]!)
        }
      })
    })
    return [y]
  },

  backward(call, { bottoms, topDiffs: [diff] }) {
    const { operation, coeff } = call.params
    if (operation === "SUM")
      return { bottomDiffs: coeff.map((a) => (a === 1 ? diff : mapped(diff!, (d) => d * a))) }
    const slope = operation === "PROD" ? productOfOthers(bottoms) : winners(bottoms)
    return { bottomDiffs: bottoms.map((_, b) => mapped(diff!, (d, i) => d * slope(b, i))) }
  },

  bound({ params: { operation, coeff } }, bottoms, _tops, errors) {
    const n = bottoms.length
    const bound = new Float64Array(bottoms[0]!.length)
    // A sum with unit coefficients rounds once per addition; the product with a coefficient once more.
    const g = gamma(n - 1 + (coeff.some((a) => Math.abs(a) !== 1) ? 1 : 0))
    for (let i = 0; i < bound.length; i++) {
      if (operation === "SUM") {
        for (let b = 0; b < n; b++) {
          const error = errors[b]![i]!
          bound[i] = bound[i]! + Math.abs(coeff[b]!) * (error + g * (Math.abs(bottoms[b]![i]!) + error)) + ETA
        }
      } else if (operation === "PROD") {
        let product = 1
        let exact = 1
        for (let b = 0; b < n; b++) {
          product *= Math.abs(bottoms[b]![i]!) + errors[b]![i]!
          exact *= Math.abs(bottoms[b]![i]!)
        }
        bound[i] = product - exact + gamma(n - 1) * product + n * ETA
      } else {
        for (let b = 0; b < n; b++) bound[i] = Math.max(bound[i]!, errors[b]![i]!)
      }
    }
    return [bound]
  },

  onnx({ params: { operation, coeff } }, onnx, bottoms) {
    const terms = bottoms.map((x, i) =>
      operation === "SUM" && coeff[i] !== 1 ? onnx.add("Mul", [x, onnx.floats("coefficient", coeff[i]!)]) : x,
    )
    const op = { SUM: "Add", PROD: "Mul", MAX: "Max" }[operation]
    return [terms.reduce((left, right) => onnx.add(op, [left, right]))]
  },

  gpu: (call) =>
    carry(call.bottoms.length, (parts) => {
      // A carried sum has its coefficients in it already.
      const coeff = parts.map(({ from, to }) => (to - from === 1 ? call.params.coeff[from]! : 1))
      const from = parts.map(({ argument }) => argument)
      return pointwiseKernel(formula({ ...call.params, coeff }, from, call.tops[0]!))
    }),

  pointwise({ params, bottoms, tops }) {
    if (bottoms.length > MAX_ARRAYS) return undefined
    return formula(
      params,
      bottoms.map((_, bottom) => ({ bottom })),
      tops[0]!,
    )
  },

  macs: ({ params, tops, bottoms }) =>
    params.operation === "MAX" ? 0 : count(tops[0]!) * (bottoms.length - 1),
})

/** Bottom after bottom, as Caffe combines them. */
function formula({ operation, coeff }: EltwiseParams, from: readonly GpuArgument[], top: Shape): Pointwise {
  const operands = from.map((argument, i): [string, Operand] => [`a${i}`, { from: argument, per: "element" }])
  const combine = (left: string, right: string) =>
    operation === "MAX"
      ? `Math.max(${left}, ${right})`
      : `${left} ${operation === "SUM" ? "+" : "*"} ${right}`
  const terms = operands.map(([name], i) => (coeff[i] === 1 ? name : `${name} * (${coeff[i]})`))
  return {
    around: aroundAxis(top, 1),
    operands: Object.fromEntries(operands),
    body: `return ${terms.reduce(combine)};`,
  }
}
