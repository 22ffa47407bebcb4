import { defineLayer } from "./layer-type.js"

/** Silence reads its bottoms and makes nothing, so that they are no outputs of the net: silence_layer.cpp. */
export const silence = defineLayer<null>({
  type: "Silence",
  parse: () => null,
  shape: () => [],
  forward: () => [],
  backward: () => ({ bottomDiffs: [] }),

  bound: () => [],
  onnx: () => [],
  gpu: () => [],
})
