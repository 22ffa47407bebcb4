import { FUNCTION_ERROR } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { ETA } from "./rounding.js"

/**
 * Kernel statements for `result`, the hyperbolic tangent of the expression `x`. Near 0 the Taylor series,
 * elsewhere exponentials: a shader's own tanh cancels near 0 and may overflow far from it.
 */
export function tanhStatements(x: string): string {
  return `
    const a = Math.abs(${x});
    const power = Math.exp(-2 * a);
    let result = (1 - power) / (1 + power);
    if (a < 0.25) {
      const q = a * a;
      result = a - a * q * (${1 / 3} - q * (${2 / 15} - q * (${17 / 315} - q * (${62 / 2835} - q * ${1382 / 155925}))));
    }
    if (${x} < 0) { result = -result; }`
}

/** TanH, y = tanh(x): tanh_layer.cpp. */
export const tanH = defineElementwise<null>({
  type: "TanH",
  parse: () => null,
  value: () => Math.tanh,

  slope: () => (_x, y, diff) => diff * Math.fround(1 - Math.fround(y * y)),

  bound: () => (x, y, error) =>
    (1 - Math.tanh(Math.max(0, Math.abs(x) - error)) ** 2) * error + FUNCTION_ERROR * Math.abs(y) + ETA,

  onnx: () => (onnx, x) => onnx.add("Tanh", [x]),
  gpu: () => `${tanhStatements("v")}
    return result;`,
})
