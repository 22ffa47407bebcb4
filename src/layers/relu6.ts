import { defineElementwise } from "./elementwise.js"

/** ReLU6, y = min(max(x, 0), 6), the layer of the MobileNetV2 forks (relu6_layer.cpp); exact. */
export const relu6 = defineElementwise<null>({
  type: "ReLU6",
  parse: () => null,
  value: () => (x) => Math.min(Math.max(x, 0), 6),
  slope: () => (x, _y, diff) => (x > 0 && x < 6 ? diff : 0),

  bound: () => (_x, _y, error) => error,
  onnx: () => (onnx, x) => onnx.add("Clip", [x, onnx.floats("min", 0), onnx.floats("max", 6)]),
  gpu: () => "return Math.min(Math.max(v, 0), 6);",
})
