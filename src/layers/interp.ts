import { PrelabError } from "../error.js"
import { count, formatShape, type Shape, sameShape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type Call, defineLayer } from "./layer-type.js"
import type { OnnxValue } from "./onnx-nodes.js"
import { numberOf, section } from "./param.js"
import { rounded } from "./parts.js"
import { ETA, gamma } from "./rounding.js"
import { addToView, checkPlaces, copyView, stridesOf, type View, viewKernel } from "./view.js"

const fields = ["height", "width", "zoom_factor", "shrink_factor", "pad_beg", "pad_end"] as const

type InterpParams = Readonly<Record<(typeof fields)[number], number | undefined>>

/** How an axis is read: cropped from `start` on to `extent` places. */
interface Cropped {
  readonly start: number
  readonly extent: number
}

function croppedOf({ params, bottoms: [bottom] }: Pick<Call<InterpParams>, "params" | "bottoms">): Cropped[] {
  const { pad_beg = 0, pad_end = 0 } = params
  return bottom!.slice(2).map((extent) => ({ start: -pad_beg, extent: extent + pad_beg + pad_end }))
}

/** The size of the top: of the second bottom, stated, or by whole factors between the corners. */
function sizeOf(call: Pick<Call<InterpParams>, "params" | "bottoms">): number[] {
  const { height, width, zoom_factor, shrink_factor } = call.params
  if (call.bottoms[1]) return call.bottoms[1].slice(2)
  const stated = zoom_factor === undefined && shrink_factor === undefined
  if (stated && height !== undefined && width !== undefined) return [height, width]
  if (stated) throw new PrelabError("Interp needs a size or a factor", "interp_param")
  const [zoom, shrink] = [zoom_factor ?? 1, shrink_factor ?? 1]
  if (zoom < 1 || shrink < 1)
    throw new PrelabError("factors must be positive", `zoom ${zoom}, shrink ${shrink}`)
  return croppedOf(call).map(({ extent }) => Math.trunc((extent - 1) / shrink) * zoom + 1)
}

/**
 * One axis of the top: the lower of the two places that each output lies between, and the weight of the upper
 * one. Corners meet corners. The ratio and its product are float32 in Caffe, and part of what the layer
 * means.
 */
function stepsOf(
  { start, extent }: Cropped,
  size: number,
): { lower: number[]; upper: number[]; weight: number[] } {
  const ratio = size > 1 ? Math.fround((extent - 1) / (size - 1)) : 0
  const exact = Array.from({ length: size }, (_, i) => Math.fround(ratio * i))
  const lower = exact.map((at) => Math.min(Math.trunc(at), extent - 1))
  return {
    lower: lower.map((at) => start + at),
    upper: lower.map((at) => start + Math.min(at + 1, extent - 1)),
    weight: exact.map((at, i) => Math.fround(at - lower[i]!)),
  }
}

function axesOf(call: Call<InterpParams>) {
  const [rows, columns] = croppedOf(call) as [Cropped, Cropped]
  const [, , height, width] = call.tops[0] as [number, number, number, number]
  return { rows: stepsOf(rows, height), columns: stepsOf(columns, width) }
}

/** Where the size stays, Caffe copies: the view of the bottom that is copied. */
function copyOf(call: Call<InterpParams>): View | undefined {
  const cropped = croppedOf(call)
  if (
    !sameShape(
      cropped.map(({ extent }) => extent),
      call.tops[0]!.slice(2),
    )
  )
    return undefined
  const strides = stridesOf(call.bottoms[0]!)
  const offset = cropped.reduce((sum, { start }, i) => sum + start * strides[2 + i]!, 0)
  return { extents: call.tops[0]!, strides, offset }
}

/** Calls `visit` with the top's place, its four bottom places and their weights in [row][column] order. */
function eachPlace(
  call: Call<InterpParams>,
  visit: (to: number, places: readonly number[], down: number, right: number) => void,
): void {
  const { rows, columns } = axesOf(call)
  const [, , height, width] = call.bottoms[0] as [number, number, number, number]
  const planes = count(call.tops[0]!, 0, 2)
  for (let plane = 0, to = 0; plane < planes; plane++) {
    for (let y = 0; y < rows.lower.length; y++) {
      checkStopNowAndThen(8 * columns.lower.length)
      const [above, below] = [rows.lower, rows.upper].map((at) => plane * height * width + at[y]! * width)
      for (let x = 0; x < columns.lower.length; x++, to++) {
        const [left, right] = [columns.lower[x]!, columns.upper[x]!]
        const places = [above! + left, above! + right, below! + left, below! + right]
        visit(to, places, rows.weight[y]!, columns.weight[x]!)
      }
    }
  }
}

/**
 * Interp: bilinear resizing in which the corners of bottom and top coincide, after cropping by negative pads:
 * interp_layer.cpp and util/interp.cpp of DeepLab's Caffe (Chen et al. 2016), which PSPNet's took over.
 */
export const interp = defineLayer<InterpParams>({
  type: "Interp",

  parse(message) {
    const param = section(message, "interp_param")
    const value = (field: string) => (param[field] === undefined ? undefined : numberOf(param, field, 0))
    return Object.fromEntries(fields.map((field) => [field, value(field)])) as InterpParams
  },

  refusal: (layer) => unknownFieldIn(layer, "interp_param", fields),

  shape(call) {
    const { params, bottoms } = call
    const other = bottoms.find((bottom) => bottom.length !== 4)
    if (other) throw new PrelabError("Interp needs four axes", formatShape(other))
    const pad = [params.pad_beg, params.pad_end].find((by = 0) => by > 0)
    if (pad) throw new PrelabError("pads may only crop", pad)
    const given = fields.slice(0, 4).find((field) => params[field] !== undefined)
    if (bottoms[1] && given) throw new PrelabError("size given twice", `second bottom and ${given}`)
    const top: Shape = [...bottoms[0]!.slice(0, 2), ...sizeOf(call)]
    const extents = [...croppedOf(call).map(({ extent }) => extent), ...top.slice(2)]
    if (extents.some((extent) => extent < 1))
      throw new PrelabError("nothing left to resize", formatShape(extents))
    return [top]
  },

  forward(call, [x]) {
    const copied = copyOf(call)
    const y = new Float32Array(count(call.tops[0]!))
    if (copied) return [copyView(x!, copied, y)]
    eachPlace(call, (to, places, down, right) => {
      const [p00, p01, p10, p11] = places.map((at) => x![at]!) as [number, number, number, number]
      const left = Math.fround(1 - right)
      const between = (a: number, b: number) => Math.fround(Math.fround(left * a) + Math.fround(right * b))
      const upper = Math.fround(Math.fround(1 - down) * between(p00, p01))
      y[to] = upper + Math.fround(down * between(p10, p11))
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const copied = copyOf(call)
    if (copied) return { bottomDiffs: [addToView(diff!, copied, x!.length)] }
    const dx = new Float64Array(x!.length)
    eachPlace(call, (to, [p00, p01, p10, p11], down, right) => {
      const [upper, lower] = [(1 - down) * diff![to]!, down * diff![to]!]
      dx[p00!]! += upper * (1 - right)
      dx[p01!]! += upper * right
      dx[p10!]! += lower * (1 - right)
      dx[p11!]! += lower * right
    })
    return { bottomDiffs: [rounded(dx)] }
  },

  bound(call, [x], _tops, [e]) {
    const copied = copyOf(call)
    const bound = new Float64Array(count(call.tops[0]!))
    if (copied) return [copyView(e!, copied, bound)]
    // Two products and two sums on the way of every value, and the two weights below one are differences from
    // one.
    const g = gamma(6)
    eachPlace(call, (to, places, down, right) => {
      const weights = [(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right]
      places.forEach((at, i) => {
        bound[to] = bound[to]! + weights[i]! * (e![at]! + g * (Math.abs(x![at]!) + e![at]!)) + 2 * ETA
      })
    })
    return [bound]
  },

  onnx(call, onnx, [x]) {
    const copied = copyOf(call)
    if (copied) {
      const starts = croppedOf(call).map(({ start }) => start)
      const ends = starts.map((start, i) => start + call.tops[0]![2 + i]!)
      return [
        onnx.add("Slice", [
          x,
          onnx.ints("starts", starts),
          onnx.ints("ends", ends),
          onnx.ints("axes", [2, 3]),
        ]),
      ]
    }
    const { rows, columns } = axesOf(call)
    // Resize computes places and weights in its own way; taken from tables they are Caffe's, and so is every
    // bit of the result.
    const between = (value: OnnxValue, { lower, upper, weight }: typeof rows, axis: 2 | 3) => {
      const shape = axis === 2 ? [weight.length, 1] : [weight.length]
      const share = (weights: number[]) => onnx.floats("weight", Float32Array.from(weights), shape)
      const part = (places: number[], weights: number[]) =>
        onnx.add("Mul", [onnx.add("Gather", [value, onnx.ints("places", places)], { axis }), share(weights)])
      return onnx.add("Add", [
        part(
          lower,
          weight.map((w) => 1 - w),
        ),
        part(upper, weight),
      ])
    }
    return [between(between(x!, columns, 3), rows, 2)]
  },

  gpu(call) {
    const copied = copyOf(call)
    if (copied) return [viewKernel(copied, 0)]
    checkPlaces(count(call.bottoms[0]!))
    const { rows, columns } = axesOf(call)
    const [, , height, width] = call.bottoms[0] as [number, number, number, number]
    const [n, c, high, wide] = call.tops[0] as [number, number, number, number]
    const table = (values: readonly number[]) => ({ data: Float32Array.from(values) })
    const at = (row: string, column: string) =>
      `bottom[z * ${height * width} + ${row} * ${width} + ${column}]`
    return [
      {
        output: [wide, high, n * c],
        args: {
          bottom: { bottom: 0 },
          above: table(rows.lower),
          below: table(rows.upper),
          down: table(rows.weight),
          left: table(columns.lower),
          right: table(columns.upper),
          across: table(columns.weight),
        },
        body: `
          const a = above[y];
          const b = below[y];
          const l = left[x];
          const r = right[x];
          const v = down[y];
          const w = across[x];
          const upper = (1 - w) * ${at("a", "l")} + w * ${at("a", "r")};
          const lower = (1 - w) * ${at("b", "l")} + w * ${at("b", "r")};
          return (1 - v) * upper + v * lower;`,
        top: 0,
      },
    ]
  },

  macs: ({ tops }) => 6 * count(tops[0]!),
})
