import { PrelabError } from "../error.js"
import { affineError, affineExpression, affineNodes, affineOf } from "./affine.js"
import { FUNCTION_ERROR, logStatements } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { parseBase } from "./exp.js"
import { ETA, U } from "./rounding.js"

/** Log, y = log_base(shift + scale x), computed as log(shift + scale x) / log(base): log_layer.cpp. */
export const log = defineElementwise<{ scale: number; shift: number; outer: number }>({
  type: "Log",

  parse(message) {
    const { base, logBase, scale, shift } = parseBase(message, "log_param")
    if (logBase === 0) throw new PrelabError("base must not be 1", base)
    return { scale, shift, outer: Math.fround(1 / logBase) }
  },

  value: (params) => {
    const affine = affineOf(params)
    return (x) => Math.fround(Math.log(affine(x))) * params.outer
  },

  slope: (params) => {
    const affine = affineOf(params)
    const factor = Math.fround(params.scale * params.outer)
    return (x, _y, diff) => Math.fround(Math.fround(1 / affine(x)) * factor) * diff
  },

  bound: (params) => {
    const affine = affineOf(params)
    return (x, y, error) => {
      const v = affine(x)
      const off = affineError(params, x, v, error)
      // Below 0 there is no logarithm, at 0 it is infinite: nothing to bound, unless the error reaches
      // across.
      if (v + off < 0 || (v === 0 && off === 0)) return 0
      if (v - off <= 0) return Number.POSITIVE_INFINITY
      const moved = -Math.log1p(-off / v)
      const roundings = FUNCTION_ERROR + (params.outer === 1 ? 0 : 4 * U)
      const size = Math.abs(params.outer)
      return moved * size + roundings * (Math.abs(y) + moved * size) + ETA
    }
  },

  onnx: (params) => (onnx, x) => {
    const logarithm = onnx.add("Log", [affineNodes(params, onnx, x)])
    return params.outer === 1 ? logarithm : onnx.add("Mul", [logarithm, onnx.floats("outer", params.outer)])
  },

  gpu: (params) => `
    const moved = ${affineExpression(params)};
    ${logStatements("moved")}
    return result${params.outer === 1 ? "" : ` * (${params.outer})`};`,

  macs: ({ scale, outer }) => Number(scale !== 1) + Number(outer !== 1),
})
