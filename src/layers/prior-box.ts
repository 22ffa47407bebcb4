import { PrelabError } from "../error.js"
import { count, formatShape, type Message, type Shape } from "../net/index.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, listOf, numberOf, section } from "./param.js"
import { gamma } from "./rounding.js"

const fields = ["min_size", "max_size", "aspect_ratio", "flip", "clip", "variance"]
const sizeFields = ["img_size", "img_h", "img_w", "step", "step_h", "step_w", "offset"]

interface PriorBoxParams {
  readonly minSizes: readonly number[]
  readonly maxSizes: readonly number[]
  /** Apart from 1, which comes by itself. */
  readonly ratios: readonly number[]
  readonly clip: boolean
  readonly variances: readonly number[]
  /** Stated width and height of the image and of a step; 0 where the bottoms say. */
  readonly image: readonly [number, number]
  readonly step: readonly [number, number]
  readonly offset: number
}

/** Width and height given together, or apart; never both ways. */
function pairOf(param: Message, both: string, [width, height]: readonly [string, string]): [number, number] {
  const apart = param[width] !== undefined || param[height] !== undefined
  if (apart && param[both] !== undefined)
    throw new PrelabError("size given twice", `${both} and ${param[width] === undefined ? height : width}`)
  const named: [string, string] = apart ? [width, height] : [both, both]
  const stated = apart || param[both] !== undefined
  return named.map((field) => {
    const value = numberOf(param, field, 0)
    if (stated && !(value > 0)) throw new PrelabError(`${field} must be positive`, value)
    return value
  }) as [number, number]
}

/** The ratios that are not 1 and not there yet, each with its reciprocal where boxes are flipped. */
function ratiosOf(param: Message): number[] {
  const ratios = [1]
  for (const ratio of listOf(param, "aspect_ratio").map(Math.fround)) {
    if (ratios.some((known) => Math.abs(ratio - known) < 1e-6)) continue
    ratios.push(ratio)
    if (booleanOf(param, "flip", true)) ratios.push(Math.fround(1 / ratio))
  }
  return ratios.slice(1)
}

/**
 * Half the width and height of every box of a cell, in Caffe's order: the smallest, the mean, then the
 * ratios; for each size.
 */
function halvesOf({ minSizes, maxSizes, ratios }: PriorBoxParams): [number, number][] {
  const half = (width: number, height = width): [number, number] => [
    Math.fround(width) / 2,
    Math.fround(height) / 2,
  ]
  return minSizes.flatMap((stated, i) => {
    // Caffe keeps sizes as integers.
    const size = Math.trunc(stated)
    const mean = maxSizes.length > 0 ? [half(Math.sqrt(size * Math.trunc(maxSizes[i]!)))] : []
    return [half(size), ...mean, ...ratios.map((r) => half(size * Math.sqrt(r), size / Math.sqrt(r)))]
  })
}

/** The corners of all boxes over the image's size, and how large the terms were that they are made of. */
function boxesOf({ params, bottoms }: Call<PriorBoxParams>): { corners: Float32Array; terms: Float64Array } {
  const [layer, data] = bottoms.map((bottom) => [bottom[3]!, bottom[2]!] as const)
  const image = params.image[0] > 0 ? params.image : data!
  const step = [0, 1].map((i) =>
    Math.fround(params.step[0] > 0 && params.step[1] > 0 ? params.step[i]! : image[i]! / layer![i]!),
  )
  const halves = halvesOf(params)
  const length = layer![0] * layer![1] * halves.length * 4
  const corners = new Float32Array(length)
  const terms = new Float64Array(length)
  let at = 0
  for (let y = 0; y < layer![1]; y++) {
    for (let x = 0; x < layer![0]; x++) {
      const centre = [x, y].map((place, i) => Math.fround(Math.fround(place + params.offset) * step[i]!))
      for (const half of halves) {
        for (const side of [-1, 1]) {
          for (let i = 0; i < 2; i++, at++) {
            corners[at] = (centre[i]! + side * half[i]!) / image[i]!
            if (params.clip) corners[at] = Math.min(Math.max(corners[at]!, 0), 1)
            terms[at] = (Math.abs(centre[i]!) + half[i]!) / image[i]!
          }
        }
      }
    }
  }
  return { corners, terms }
}

/** The second channel: what a detection's offsets are multiplied by. */
function withVariances(call: Call<PriorBoxParams>, corners: Float32Array): Float32Array {
  const { variances } = call.params
  const top = new Float32Array(count(call.tops[0]!))
  top.set(corners)
  for (let i = corners.length; i < top.length; i++) top[i] = variances[i % variances.length]!
  return top
}

/**
 * PriorBox: for every place of the first bottom the default boxes, [1, 2, 4 boxes]: their corners as
 * fractions of the image, and their variances: prior_box_layer.cpp of SSD's Caffe; Liu et al. 2016, "SSD",
 * section 2.2. It reads no values, shapes alone.
 */
export const priorBox = defineLayer<PriorBoxParams>({
  type: "PriorBox",

  parse(message) {
    const param = section(message, "prior_box_param")
    const [minSizes, maxSizes, variances] = ["min_size", "max_size", "variance"].map((field) =>
      listOf(param, field).map(Math.fround),
    ) as [number[], number[], number[]]
    if (minSizes.length === 0) throw new PrelabError("min_size must be given", "prior_box_param")
    const small = [...minSizes, ...variances].find((value) => !(value > 0))
    if (small !== undefined) throw new PrelabError("sizes and variances must be positive", small)
    if (maxSizes.length > 0 && maxSizes.length !== minSizes.length)
      throw new PrelabError("one max_size per min_size", `${maxSizes.length} for ${minSizes.length}`)
    const reversed = maxSizes.find((size, i) => size <= minSizes[i]!)
    if (reversed !== undefined) throw new PrelabError("max_size must exceed min_size", reversed)
    if (variances.length > 1 && variances.length !== 4)
      throw new PrelabError("one variance or four", variances.length)
    return {
      minSizes,
      maxSizes,
      ratios: ratiosOf(param),
      clip: booleanOf(param, "clip", false),
      variances: variances.length > 0 ? variances : [Math.fround(0.1)],
      image: pairOf(param, "img_size", ["img_w", "img_h"]),
      step: pairOf(param, "step", ["step_w", "step_h"]),
      offset: Math.fround(numberOf(param, "offset", 0.5)),
    }
  },

  refusal: (layer) => unknownFieldIn(layer, "prior_box_param", [...fields, ...sizeFields]),

  shape({ params, bottoms }) {
    const other = bottoms.find((bottom) => bottom.length !== 4)
    if (other) throw new PrelabError("PriorBox needs four axes", formatShape(other))
    const [, , height, width] = bottoms[0] as [number, number, number, number]
    return [[1, 2, height * width * halvesOf(params).length * 4]] satisfies Shape[]
  },

  forward: (call) => [withVariances(call, boxesOf(call).corners)],

  // It reads shapes alone: all diffs are zero.
  backward: () => ({ bottomDiffs: [] }),

  bound(call) {
    const bound = new Float64Array(count(call.tops[0]!))
    // A step, a centre's sum and product, a root and its product; the corner's own rounding. Variances are as
    // stated.
    bound.set(boxesOf(call).terms.map((size) => gamma(6) * size))
    return [bound]
  },

  // The boxes depend on shapes alone.
  onnx: (call, onnx) => [onnx.floats("boxes", withVariances(call, boxesOf(call).corners), call.tops[0]!)],

  gpu: (call) => [
    {
      output: [count(call.tops[0]!)],
      args: { boxes: { data: withVariances(call, boxesOf(call).corners) } },
      body: "return boxes[x];",
      top: 0,
    },
  ],
})
