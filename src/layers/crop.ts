import { PrelabError } from "../error.js"
import { canonicalAxis, count, formatShape } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { listOf, numberOf, section } from "./param.js"
import { addToView, copyView, stridesOf, type View, viewKernel } from "./view.js"

interface CropParams {
  readonly axis: number
  readonly offset: readonly number[]
}

/** Where the crop starts along each axis: one offset for all cropped axes, or one each. */
function startsOf({ params, bottoms }: Pick<Call<CropParams>, "params" | "bottoms">): number[] {
  const [bottom, size] = bottoms
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  const { offset } = params
  if (offset.length > 1 && offset.length !== bottom!.length - axis)
    throw new PrelabError(
      "offset must be given once or per axis",
      `${offset.length} for ${bottom!.length - axis} axes`,
    )
  return bottom!.map((extent, i) => {
    if (i < axis) return 0
    const start = offset[offset.length > 1 ? i - axis : 0] ?? 0
    if (size![i] === undefined || start + size![i]! > extent)
      throw new PrelabError("crop leaves its bottom", `${formatShape(size!)} in ${formatShape(bottom!)}`)
    return start
  })
}

function viewOf(call: Call<CropParams>): View {
  const strides = stridesOf(call.bottoms[0]!)
  const offset = startsOf(call).reduce((sum, start, i) => sum + start * strides[i]!, 0)
  return { extents: call.tops[0]!, strides, offset }
}

/** Crop to the size of the second bottom from `axis` on, starting at `offset`: crop_layer.cpp. */
export const crop = defineLayer<CropParams>({
  type: "Crop",

  parse(message) {
    const param = section(message, "crop_param")
    return { axis: numberOf(param, "axis", 2), offset: listOf(param, "offset") }
  },

  shape(call) {
    startsOf(call)
    const [bottom, size] = call.bottoms
    const axis = canonicalAxis(call.params.axis, bottom!.length)
    return [bottom!.map((extent, i) => (i < axis ? extent : size![i]!))]
  },

  forward: (call, [x]) => [copyView(x!, viewOf(call), new Float32Array(count(call.tops[0]!)))],
  backward: (call, { bottoms: [x], topDiffs: [diff] }) => ({
    bottomDiffs: [addToView(diff!, viewOf(call), x!.length)],
  }),

  bound: (call, _bottoms, _tops, [e]) => [copyView(e!, viewOf(call), new Float64Array(count(call.tops[0]!)))],

  onnx(call, onnx, [x]) {
    const starts = startsOf(call)
    const ends = starts.map((start, i) => start + call.tops[0]![i]!)
    return [onnx.add("Slice", [x, onnx.ints("starts", starts), onnx.ints("ends", ends)])]
  },

  gpu: (call) => [viewKernel(viewOf(call), 0)],
})
