import { defineLayer } from "./layer-type.js"

/** Split: every top is the bottom. Caffe inserts it where several layers read one blob; SSA form needs none. */
export const split = defineLayer<null>({
  type: "Split",
  parse: () => null,
  shape: ({ layer, bottoms: [bottom] }) => layer.tops.map(() => [...bottom!]),
  forward: ({ tops }, [x]) => tops.map(() => x!),
  onnx: ({ tops }, _onnx, [x]) => tops.map(() => x!),
  gpu: () => [],
  bound: ({ tops }, _bottoms, _tops, [e]) => tops.map(() => e!),
})
