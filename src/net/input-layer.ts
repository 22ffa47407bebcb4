import type { Shape } from "./blob.js"
import type { Layer } from "./layer.js"
import type { Value } from "./value.js"

/** An Input layer whose tops have these shapes, one each: input_layer.cpp. */
export function inputLayer(name: string, tops: readonly Value[], shapes: readonly Shape[]): Layer {
  const message = { input_param: { shape: shapes.map((shape) => ({ dim: [...shape] })) } }
  return { name, type: "Input", bottoms: [], tops, message, blobs: [] }
}
