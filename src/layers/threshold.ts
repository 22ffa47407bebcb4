import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"

/** Threshold, y = 1 where x > threshold, else 0: threshold_layer.cpp. */
export const threshold = defineElementwise<number>({
  type: "Threshold",
  parse: (message) => Math.fround(numberOf(section(message, "threshold_param"), "threshold", 0)),
  value: (threshold) => (x) => (x > threshold ? 1 : 0),

  // A step: exact, or not bounded where the error of x reaches across it.
  bound: (threshold) => (x, _y, error) =>
    x > threshold === x - error > threshold && x > threshold === x + error > threshold
      ? 0
      : Number.POSITIVE_INFINITY,

  onnx: (threshold) => (onnx, x) => {
    const above = onnx.add("Greater", [x, onnx.floats("threshold", threshold)])
    return onnx.add("Cast", [above], { to: 1 })
  },

  gpu: (threshold) => `return v > ${threshold} ? 1 : 0;`,
})
