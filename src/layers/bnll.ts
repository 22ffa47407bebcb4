import { DOUBLE_ERROR, FUNCTION_ERROR, logSeries, sigmoidOf } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"

/** BNLL, y = log(1 + exp(x)), from the side on which exp does not overflow: bnll_layer.cpp. */
export const bnll = defineElementwise<null>({
  type: "BNLL",
  parse: () => null,
  // exp is a float's, the rest a double's: the literal 1. makes it so.
  value: () => (x) => Math.max(x, 0) + Math.log(1 + Math.fround(Math.exp(-Math.abs(x)))),

  // The slope of log(1 + exp(x)) is the sigmoid, which grows. exp and log both err.
  // Beyond 50 the slope is 1 (kBNLL_THRESHOLD).
  slope: () => (x, _y, diff) => {
    const power = Math.fround(Math.exp(Math.min(x, 50)))
    return Math.fround(diff * power) / (power + 1)
  },

  bound: () => (x, y, error) =>
    (error === 0 ? 0 : sigmoidOf(x + error) * error) + 2 * FUNCTION_ERROR * Math.abs(y) + DOUBLE_ERROR,

  onnx: () => (onnx, x) => onnx.add("Softplus", [x]),
  gpu: () => `
    const power = Math.exp(-Math.abs(v));
    const s = power / (2 + power);
    const q = s * s;
    return Math.max(v, 0) + ${logSeries("s", "q")};`,
})
