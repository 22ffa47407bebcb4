import { PrelabError } from "../error.js"
import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"

/**
 * Clip, y = max(min, min(x, max)): clip_layer.cpp. Both limits must be given; not-a-number becomes `min`, as
 * std::max has it.
 */
export const clip = defineElementwise<{ min: number; max: number }>({
  type: "Clip",

  parse(message) {
    const param = section(message, "clip_param")
    const missing = ["min", "max"].find((field) => param[field] === undefined)
    if (missing) throw new PrelabError("clip_param needs min and max", `no ${missing}`)
    return { min: Math.fround(numberOf(param, "min", 0)), max: Math.fround(numberOf(param, "max", 0)) }
  },

  value:
    ({ min, max }) =>
    (x) =>
      Number.isNaN(x) ? min : Math.max(min, Math.min(x, max)),

  slope:
    ({ min, max }) =>
    (x, _y, diff) =>
      x >= min && x <= max ? diff : 0,

  bound: () => (_x, _y, error) => error,

  // Not Clip, which has it the other way round where `min` is above `max`.
  onnx:
    ({ min, max }) =>
    (onnx, x) =>
      onnx.add("Max", [onnx.add("Min", [x, onnx.floats("max", max)]), onnx.floats("min", min)]),

  gpu: ({ min, max }) => `return Math.max(${min}, Math.min(v, ${max}));`,
})
