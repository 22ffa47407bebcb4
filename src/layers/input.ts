import { PrelabError } from "../error.js"
import type { Message, Shape } from "../net/index.js"
import { defineLayer } from "./layer-type.js"
import { listOf, section } from "./param.js"

/** Input: tops of a stated shape that the caller fills: input_layer.cpp. One shape for all tops, or one each. */
export const input = defineLayer<{ shapes: readonly Shape[] }>({
  type: "Input",

  parse(message) {
    const shapes = (section(message, "input_param").shape as readonly Message[] | undefined) ?? []
    return { shapes: shapes.map((shape) => listOf(shape, "dim")) }
  },

  shape({ layer, params: { shapes } }) {
    if (shapes.length > 1 && shapes.length !== layer.tops.length) {
      throw new PrelabError("one shape per input", `${shapes.length} for ${layer.tops.length} tops`)
    }
    return layer.tops.map((top, i) => {
      const shape = shapes.length === 1 ? shapes[0] : shapes[i]
      if (shape === undefined) throw new PrelabError("input without a shape", top.blob)
      return [...shape]
    })
  },

  forward(call) {
    throw new PrelabError("input not given", call.layer.tops[0]!.blob)
  },

  bound: (_call, _bottoms, tops) => tops.map((top) => new Float64Array(top.length)),
})
