import { DOUBLE_ERROR, FUNCTION_ERROR, sigmoidOf, sigmoidSlope, sigmoidStatements } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"

/** Sigmoid, y = 1 / (1 + exp(-x)), computed as 0.5 tanh(0.5 x) + 0.5: sigmoid_layer.cpp. */
export const sigmoid = defineElementwise<null>({
  type: "Sigmoid",
  parse: () => null,
  value: () => sigmoidOf,
  slope: () => (_x, y, diff) => Math.fround(diff * y) * (1 - y),

  bound: () => (x, y, error) => sigmoidSlope(x, error) * error + FUNCTION_ERROR * y + DOUBLE_ERROR,
  onnx: () => (onnx, x) => onnx.add("Sigmoid", [x]),
  gpu: () => `${sigmoidStatements("v")}
    return result;`,
})
