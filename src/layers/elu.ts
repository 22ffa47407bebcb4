import { FUNCTION_ERROR } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"
import { ETA, U } from "./rounding.js"

/** ELU, y = max(x, 0) + alpha (exp(min(x, 0)) - 1): elu_layer.cpp; Clevert et al. 2015, equation 15. */
export const elu = defineElementwise<number>({
  type: "ELU",
  parse: (message) => Math.fround(numberOf(section(message, "elu_param"), "alpha", 1)),

  value: (alpha) => (x) => {
    const power = Math.fround(Math.exp(Math.min(x, 0)))
    return Math.max(x, 0) + Math.fround(alpha * Math.fround(power - 1))
  },

  slope: (alpha) => (x, y, diff) => (x > 0 ? diff : diff * Math.fround(alpha + y)),

  bound: (alpha) => (x, y, error) => {
    const a = Math.abs(alpha)
    const slope = x + error > 0 ? Math.max(1, a) : a * Math.exp(x + error)
    // Above 0 the second term is an exact 0.
    if (x - error >= 0) return slope * error
    const power = Math.exp(Math.min(x + error, 0))
    return slope * error + a * (FUNCTION_ERROR * power + 2 * U * (1 - power)) + 2 * U * Math.abs(y) + ETA
  },

  onnx: (alpha) => (onnx, x) => onnx.add("Elu", [x], { alpha: { float: alpha } }),
  gpu: (alpha) => `return v > 0 ? v : (${alpha}) * (Math.exp(v) - 1);`,
  macs: () => 1,
})
