import { type Affine, affineError, affineExpression, affineNodes, affineOf } from "./affine.js"
import { FUNCTION_ERROR } from "./elementary.js"
import { defineElementwise } from "./elementwise.js"
import { numberOf, section } from "./param.js"
import { ETA } from "./rounding.js"

export interface PowerParams extends Affine {
  readonly power: number
  /** The value of every element when power or scale is 0: Caffe does not look at x then. */
  readonly constant: number | undefined
}

/** Up to this power products stay within `FUNCTION_ERROR`, and are faster and closer than a shader's pow. */
const LARGEST_PRODUCT = 8

/** How far v^power may move when v moves by `off`. */
function moved(v: number, off: number, power: number): number {
  if (off === 0) return 0
  const across = v - off <= 0 && v + off >= 0
  // Across a pole, or into where there is no real power.
  if (power < 0 && across) return Number.POSITIVE_INFINITY
  if (!Number.isInteger(power) && v - off < 0) return v + off < 0 ? 0 : Number.POSITIVE_INFINITY
  const here = v ** power
  const ends = [v - off, v + off, ...(across ? [0] : [])]
  return Math.max(...ends.map((end) => Math.abs(end ** power - here)))
}

function powerStatements(power: number): string {
  const size = Math.abs(power)
  const whole = Number.isInteger(size) && size <= LARGEST_PRODUCT
  const product = new Array<string>(size === 0.5 ? 1 : whole ? size : 0).fill("moved").join(" * ")
  if (whole) return `return ${power < 0 ? `1 / (${product})` : product};`
  if (size === 0.5) return `return ${power < 0 ? "1 / " : ""}Math.sqrt(moved);`
  // Shaders have no powers of negative numbers.
  if (!Number.isInteger(power)) return `return Math.pow(moved, ${power});`
  const positive = `Math.pow(Math.abs(moved), ${power})`
  return `return ${power % 2 === 0 ? positive : `moved < 0 ? -${positive} : ${positive}`};`
}

/** Power, y = (shift + scale x)^power, neutral steps left out: power_layer.cpp. */
export const power = defineElementwise<PowerParams>({
  type: "Power",

  parse(message) {
    const param = section(message, "power_param")
    const power = Math.fround(numberOf(param, "power", 1))
    const scale = Math.fround(numberOf(param, "scale", 1))
    const shift = Math.fround(numberOf(param, "shift", 0))
    const constant =
      Math.fround(power * scale) === 0 ? Math.fround(power === 0 ? 1 : shift ** power) : undefined
    return { power, scale, shift, constant }
  },

  value: (params) => {
    const { power, constant } = params
    if (constant !== undefined) return () => constant
    const affine = affineOf(params)
    return power === 1 ? affine : (x) => affine(x) ** power
  },

  slope: (params) => {
    const { power, scale, shift } = params
    const factor = Math.fround(power * scale)
    if (factor === 0 || power === 1) return (_x, _y, diff) => factor * diff
    if (power === 2) {
      const [steep, constant] = [Math.fround(factor * scale), Math.fround(factor * shift)]
      return (x, _y, diff) => Math.fround(Math.fround(steep * x) + constant) * diff
    }
    // Caffe divides the top by what was raised, which gives no number at 0.
    const affine = affineOf(params)
    if (shift === 0) return (x, y, diff) => Math.fround(power * Math.fround(y / x)) * diff
    return (x, y, diff) => Math.fround(factor * Math.fround(y / affine(x))) * diff
  },

  bound: (params) => {
    const { power, constant } = params
    if (constant !== undefined) return () => FUNCTION_ERROR * (power === 0 ? 0 : Math.abs(constant))
    const affine = affineOf(params)
    return (x, y, error) => {
      const v = affine(x)
      const off = affineError(params, x, v, error)
      if (power === 1) return off
      const move = moved(v, off, power)
      return move + FUNCTION_ERROR * (Math.abs(y) + move) + 2 * ETA
    }
  },

  onnx: (params) => (onnx, x, call) => {
    if (params.constant !== undefined) return onnx.filled(params.constant, call.tops[0]!)
    const moved = affineNodes(params, onnx, x)
    return params.power === 1 ? moved : onnx.add("Pow", [moved, onnx.floats("power", params.power)])
  },

  gpu: (params) => {
    if (params.constant !== undefined) return `return ${params.constant};`
    return `
      const moved = ${affineExpression(params)};
      ${powerStatements(params.power)}`
  },

  macs: ({ power, scale, constant }) =>
    constant !== undefined ? 0 : Number(scale !== 1) + Math.abs(Math.ceil(Math.abs(power)) - 1),
})
