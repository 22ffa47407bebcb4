import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { listOf, numberOf, section } from "./param.js"
import { copyView, type View, viewKernel } from "./view.js"

interface SliceParams {
  readonly axis: number
  /** The older `slice_dim`, which does not count from the end. */
  readonly dim: number | undefined
  readonly points: readonly number[]
}

type Bottoms = Pick<Call<SliceParams>, "params" | "bottoms">

function axisOf({ params: { axis, dim }, bottoms: [bottom] }: Bottoms): number {
  const index = canonicalAxis(dim ?? axis, bottom!.length)
  if (Number.isNaN(index)) throw new PrelabError("axis out of range", dim ?? axis)
  return index
}

/** Where each top starts along the axis, and the end of the last. */
function edgesOf(call: Bottoms, tops: number): number[] {
  const extent = call.bottoms[0]![axisOf(call)]!
  const { points } = call.params
  if (points.length === 0) {
    if (extent % tops !== 0) throw new PrelabError("slices are not equal", `${extent} in ${tops} tops`)
    return Array.from({ length: tops + 1 }, (_, i) => (i * extent) / tops)
  }
  if (points.length !== tops - 1)
    throw new PrelabError("wrong number of slice points", `${points.length} for ${tops} tops`)
  if (tops > extent) throw new PrelabError("more slices than channels", `${tops} of ${extent}`)
  const edges = [0, ...points, extent]
  const wrong = points.findIndex((point, i) => point <= edges[i]!)
  if (wrong >= 0) throw new PrelabError("slice points must grow", points.join(", "))
  if (points.at(-1)! > extent)
    throw new PrelabError("slice point beyond blob", `${points.at(-1)} of ${extent}`)
  return edges
}

function viewsOf(call: Call<SliceParams>): View[] {
  const axis = axisOf(call)
  const bottom = call.bottoms[0]!
  const inner = count(bottom, axis + 1)
  const edges = edgesOf(call, call.tops.length)
  return call.tops.map((top, i) => ({
    extents: [count(bottom, 0, axis), count(top, axis)],
    strides: [count(bottom, axis), 1],
    offset: edges[i]! * inner,
  }))
}

/**
 * Slice into tops along `axis` (or the older `slice_dim`), at the slice points or evenly: slice_layer.cpp.
 */
export const slice = defineLayer<SliceParams>({
  type: "Slice",

  parse(message) {
    const param = section(message, "slice_param")
    if (param.axis !== undefined && param.slice_dim !== undefined)
      throw new PrelabError("axis and slice_dim together", `${param.axis}, ${param.slice_dim}`)
    return {
      axis: numberOf(param, "axis", 1),
      dim: param.slice_dim === undefined ? undefined : numberOf(param, "slice_dim", 1),
      points: listOf(param, "slice_point"),
    }
  },

  shape(call) {
    const axis = axisOf(call)
    const edges = edgesOf(call, call.layer.tops.length)
    return call.layer.tops.map((_, top) =>
      call.bottoms[0]!.map((n, i) => (i === axis ? edges[top + 1]! - edges[top]! : n)),
    )
  },

  forward: (call, [x]) =>
    viewsOf(call).map((view, i) => copyView(x!, view, new Float32Array(count(call.tops[i]!)))),
  backward(call, { bottoms: [x], topDiffs }) {
    const dx = new Float32Array(x!.length)
    viewsOf(call).forEach(({ extents: [outer, size], strides: [step], offset }, top) => {
      for (let o = 0; o < outer!; o++)
        dx.set(topDiffs[top]!.subarray(o * size!, (o + 1) * size!), offset + o * step!)
    })
    return { bottomDiffs: [dx] }
  },

  bound: (call, _bottoms, _tops, [e]) =>
    viewsOf(call).map((view, i) => copyView(e!, view, new Float64Array(count(call.tops[i]!)))),

  onnx(call, onnx, [x]) {
    const axis = axisOf(call)
    const extents = onnx.ints(
      "extents",
      call.tops.map((top) => top[axis]!),
    )
    return call.tops.length === 1 ? [x!] : onnx.addMany("Split", [x, extents], call.tops.length, { axis })
  },

  gpu: (call) => (call.tops.length === 1 ? [] : viewsOf(call).map(viewKernel)),
})
