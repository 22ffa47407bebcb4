import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { refuseInPlace } from "./elementwise.js"
import { defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"

/** Flatten: the axes from `axis` to `end_axis` become one, the data stays: flatten_layer.cpp. */
export const flatten = defineLayer<{ axis: number; endAxis: number }>({
  type: "Flatten",

  parse(message) {
    const param = section(message, "flatten_param")
    return { axis: numberOf(param, "axis", 1), endAxis: numberOf(param, "end_axis", -1) }
  },

  shape({ layer, params, bottoms: [bottom] }) {
    refuseInPlace(layer)
    const start = canonicalAxis(params.axis, bottom!.length)
    const end = canonicalAxis(params.endAxis, bottom!.length)
    if (Number.isNaN(start) || Number.isNaN(end) || start > end + 1)
      throw new PrelabError("axis out of range", `${params.axis} to ${params.endAxis}`)
    return [[...bottom!.slice(0, start), count(bottom!, start, end + 1), ...bottom!.slice(end + 1)]]
  },

  forward: (_call, [x]) => [x!],
  backward: (_call, { topDiffs: [diff] }) => ({ bottomDiffs: [diff] }),

  bound: (_call, _bottoms, _tops, [e]) => [e!],
  onnx: ({ bottoms, tops }, onnx, [x]) => [onnx.reshape(x!, bottoms[0]!, tops[0]!)],
  gpu: () => [],
})
