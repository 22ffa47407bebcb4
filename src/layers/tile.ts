import { PrelabError } from "../error.js"
import { canonicalAxis, count } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"
import { addToView, copyView, type View, viewKernel } from "./view.js"

interface TileParams {
  readonly axis: number
  readonly tiles: number
}

function axisOf({ params, bottoms: [bottom] }: Pick<Call<TileParams>, "params" | "bottoms">): number {
  const axis = canonicalAxis(params.axis, bottom!.length)
  if (Number.isNaN(axis)) throw new PrelabError("axis out of range", params.axis)
  return axis
}

function viewOf(call: Call<TileParams>): View {
  const axis = axisOf(call)
  const block = count(call.bottoms[0]!, axis)
  return {
    extents: [count(call.bottoms[0]!, 0, axis), call.params.tiles, block],
    strides: [block, 0, 1],
    offset: 0,
  }
}

/** Tile: the blob repeated `tiles` times along `axis`: tile_layer.cpp. */
export const tile = defineLayer<TileParams>({
  type: "Tile",

  parse(message) {
    const param = section(message, "tile_param")
    const tiles = numberOf(param, "tiles", 0)
    if (tiles < 1) throw new PrelabError("tiles must be positive", tiles)
    return { axis: numberOf(param, "axis", 1), tiles }
  },

  shape(call) {
    const axis = axisOf(call)
    return [call.bottoms[0]!.map((n, i) => (i === axis ? n * call.params.tiles : n))]
  },

  forward: (call, [x]) => [copyView(x!, viewOf(call), new Float32Array(count(call.tops[0]!)))],
  backward: (call, { bottoms: [x], topDiffs: [diff] }) => ({
    bottomDiffs: [addToView(diff!, viewOf(call), x!.length)],
  }),

  bound: (call, _bottoms, _tops, [e]) => [copyView(e!, viewOf(call), new Float64Array(count(call.tops[0]!)))],

  onnx(call, onnx, [x]) {
    const axis = axisOf(call)
    const repeats = call.bottoms[0]!.map((_, i) => (i === axis ? call.params.tiles : 1))
    return [onnx.add("Tile", [x, onnx.ints("repeats", repeats)])]
  },

  gpu: (call) => (call.params.tiles === 1 ? [] : [viewKernel(viewOf(call), 0)]),
})
