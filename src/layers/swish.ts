import { DOUBLE_ERROR, FUNCTION_ERROR, sigmoidOf, sigmoidSlope, sigmoidStatements } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"
import { ETA, U } from "./rounding.js"

/** The steepest slope of x sigmoid(beta x), for any beta: 1.0998, where beta x = 2.3994. */
const STEEPEST = 1.1

/**
 * Swish, y = x sigmoid(beta x): swish_layer.cpp; Ramachandran et al. 2017, "Searching for activation
 * functions".
 */
export const swish = defineElementwise<number>({
  type: "Swish",
  parse: (message) => Math.fround(numberOf(section(message, "swish_param"), "beta", 1)),
  value: (beta) => (x) => x * Math.fround(sigmoidOf(Math.fround(beta * x))),

  slope: (beta) => (x, y, diff) => {
    const s = Math.fround(sigmoidOf(Math.fround(beta * x)))
    const scaled = Math.fround(beta * y)
    return diff * (scaled + s * (1 - scaled))
  },

  bound: (beta) => (x, y, error) => {
    const a = Math.abs(beta * x)
    // The product beta x rounds, then the sigmoid, then its product with x.
    const product = beta === 1 ? 0 : U * a + ETA
    return (
      STEEPEST * error +
      Math.abs(x) * (sigmoidSlope(beta * x, product) * product + DOUBLE_ERROR) +
      (FUNCTION_ERROR + U) * (Math.abs(y) + STEEPEST * error) +
      ETA
    )
  },

  onnx: (beta) => (onnx, x) => {
    const scaled = beta === 1 ? x : onnx.add("Mul", [x, onnx.floats("beta", beta)])
    return onnx.add("Mul", [x, onnx.add("Sigmoid", [scaled])])
  },

  gpu: (beta) => `
    const scaled = v * (${beta});
    ${sigmoidStatements("scaled")}
    return v * result;`,
  macs: (beta) => (beta === 1 ? 1 : 2),
})
