import { defineLayer } from "./layer-type.js"

/**
 * Split: every top is the bottom. Caffe inserts it where several layers read one blob; SSA form needs none.
 */
export const split = defineLayer<null>({
  type: "Split",
  parse: () => null,
  shape: ({ layer, bottoms: [bottom] }) => layer.tops.map(() => [...bottom!]),
  forward: ({ tops }, [x]) => tops.map(() => x!),
  onnx: ({ tops }, _onnx, [x]) => tops.map(() => x!),
  gpu: () => [],
  backward: (_call, { topDiffs }) => {
    // One addition after the other, each rounded: caffe_add, then caffe_axpy.
    const sum = (a: Float32Array, b: Float32Array) => a.map((v, i) => v + b[i]!)
    return { bottomDiffs: [topDiffs.reduce(sum)] }
  },

  bound: ({ tops }, _bottoms, _tops, [e]) => tops.map(() => e!),
})
