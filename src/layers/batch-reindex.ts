import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { type Call, defineLayer } from "./layer-type.js"
import { checkPlaces } from "./view.js"

function rowOf({ bottoms: [bottom] }: Call<null>, index: number): number {
  const row = Math.trunc(index)
  if (!(row >= 0 && row < bottom![0]!))
    throw new PrelabError("batch index out of range", `${index} of ${bottom![0]}`)
  return row
}

/** Copies the rows that the second bottom lists. */
function gather<F extends Float32Array | Float64Array>(
  call: Call<null>,
  from: F,
  indices: Float32Array,
  to: F,
): F {
  const size = count(call.bottoms[0]!, 1)
  indices.forEach((index, i) => {
    const row = rowOf(call, index)
    to.set(from.subarray(row * size, (row + 1) * size) as F, i * size)
  })
  return to
}

/**
 * BatchReindex: the images of the first bottom in the order, and as often, as the second lists them:
 * batch_reindex_layer.cpp.
 */
export const batchReindex = defineLayer<null>({
  type: "BatchReindex",
  parse: () => null,

  shape({ bottoms: [bottom, indices] }) {
    if (indices!.length !== 1) throw new PrelabError("indices need one axis", formatShape(indices!))
    if (bottom!.length === 0) throw new PrelabError("nothing to reindex", formatShape(bottom!))
    return [[indices![0]!, ...bottom!.slice(1)]]
  },

  forward: (call, [x, indices]) => [gather(call, x!, indices!, new Float32Array(count(call.tops[0]!)))],

  backward(call, { bottoms: [x, indices], topDiffs: [diff] }) {
    const size = count(call.bottoms[0]!, 1)
    const dx = new Float64Array(x!.length)
    indices!.forEach((index, i) => {
      const row = rowOf(call, index)
      for (let j = 0; j < size; j++) dx[row * size + j]! += diff![i * size + j]!
    })
    return { bottomDiffs: [new Float32Array(dx)] }
  },

  dataOnly: { 1: "index" },

  bound(call, [, indices], _tops, [e, offs]) {
    const bound = gather(call, e!, indices!, new Float64Array(count(call.tops[0]!)))
    const size = count(call.bottoms[0]!, 1)
    offs!.forEach((off, i) => {
      // The right image or any other.
      if (Math.trunc(indices![i]! - off) !== Math.trunc(indices![i]! + off))
        bound.fill(Number.POSITIVE_INFINITY, i * size, (i + 1) * size)
    })
    return [bound]
  },

  onnx(_call, onnx, [x, indices]) {
    return [onnx.add("Gather", [x, onnx.add("Cast", [indices], { to: 7 })], { axis: 0 })]
  },

  gpu(call) {
    const size = count(call.bottoms[0]!, 1)
    checkPlaces(count(call.bottoms[0]!))
    return [
      {
        output: [size, call.tops[0]![0]!],
        args: { bottom: { bottom: 0 }, indices: { bottom: 1 } },
        body: `
          const row = Math.floor(indices[y]);
          return bottom[row * ${size} + x];`,
        top: 0,
      },
    ]
  },
})
