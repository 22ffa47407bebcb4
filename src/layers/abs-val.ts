import { defineElementwise } from "./elementwise.js"

/** AbsVal, y = |x|: absval_layer.cpp. */
export const absVal = defineElementwise<null>({
  type: "AbsVal",
  parse: () => null,
  outOfPlace: true,
  value: () => Math.abs,
  slope: () => (x, _y, diff) => Math.sign(x) * diff,

  bound: () => (_x, _y, error) => error,
  onnx: () => (onnx, x) => onnx.add("Abs", [x]),
  gpu: () => "return Math.abs(v);",
})
