import { count, type Shape } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { listOf, section } from "./param.js"

/** Parameter: the top is the layer's own parameter blob: parameter_layer.hpp. */
export const parameter = defineLayer<Shape>({
  type: "Parameter",
  parse: (message) => listOf(section(section(message, "parameter_param"), "shape"), "dim"),
  shape: ({ params }) => [[...params]],
  blobShapes: ({ params }) => [[...params]],
  forward: ({ blobs }) => [blobs[0]!.data],
  backward: (_call, { topDiffs: [diff] }) => ({ bottomDiffs: [], blobDiffs: [diff] }),

  bound: ({ params }) => [new Float64Array(count(params))],
  onnx: ({ params, blobs }, onnx) => [onnx.floats("value", blobs[0]!.data, params)],
  gpu: ({ params, blobs }) => [
    { output: [count(params)], args: { value: { data: blobs[0]!.data } }, body: "return value[x];", top: 0 },
  ],
})
