import { PrelabError } from "../error.js"
import type { Message } from "../net/index.js"
import { FUNCTION_ERROR } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"
import { ETA, U } from "./rounding.js"

/** The fields that Exp and Log share, as float32; base -1 stands for e. */
export function parseBase(message: Message, field: "exp_param" | "log_param") {
  const param = section(message, field)
  const base = Math.fround(numberOf(param, "base", -1))
  if (base !== -1 && !(base > 0)) throw new PrelabError("base must be positive", base)
  const logBase = base === -1 ? 1 : Math.fround(Math.log(base))
  if (!Number.isFinite(logBase)) throw new PrelabError("base must be finite", base)
  return {
    base: base === -1 ? Math.E : base,
    logBase,
    scale: Math.fround(numberOf(param, "scale", 1)),
    shift: Math.fround(numberOf(param, "shift", 0)),
  }
}

/**
 * Exp, y = base^(shift + scale x), computed as exp(inner x) outer with inner = scale log(base) and outer =
 * base^shift; factors of 1 are left out: exp_layer.cpp.
 */
export const exp = defineElementwise<{ inner: number; outer: number }>({
  type: "Exp",

  parse(message) {
    const { base, logBase, scale, shift } = parseBase(message, "exp_param")
    return {
      inner: Math.fround(logBase * scale),
      outer: shift === 0 ? 1 : Math.fround(base ** shift),
    }
  },

  value:
    ({ inner, outer }) =>
    (x) =>
      Math.fround(Math.exp(Math.fround(inner * x))) * outer,

  slope:
    ({ inner }) =>
    (_x, y, diff) =>
      Math.fround(y * diff) * inner,

  bound:
    ({ inner, outer }) =>
    (x, y, error) => {
      const a = Math.abs(inner)
      // The product rounds, and inner is itself the rounded product of a rounded logarithm.
      const moved = a * error + (inner === 1 ? 0 : 4 * U * a * (Math.abs(x) + error) + ETA)
      const relative = Math.expm1(moved) * (1 + FUNCTION_ERROR) + FUNCTION_ERROR + (outer === 1 ? 0 : 3 * U)
      return Math.abs(y) * relative + (1 + Math.abs(outer)) * 2 * ETA
    },

  onnx:
    ({ inner, outer }) =>
    (onnx, x) => {
      const power = onnx.add("Exp", [inner === 1 ? x : onnx.add("Mul", [x, onnx.floats("inner", inner)])])
      return outer === 1 ? power : onnx.add("Mul", [power, onnx.floats("outer", outer)])
    },

  gpu: ({ inner, outer }) =>
    `return Math.exp(v${inner === 1 ? "" : ` * (${inner})`})${outer === 1 ? "" : ` * (${outer})`};`,

  macs: ({ inner, outer }) => Number(inner !== 1) + Number(outer !== 1),
})
