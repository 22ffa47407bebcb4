import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { refuseInPlace } from "./elementwise.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type Call, defineLayer } from "./layer-type.js"
import { listOf, section } from "./param.js"
import { addToView, copyView, stridesOf, type View, viewKernel } from "./view.js"

/** Axis i of the top is axis `order[i]` of the bottom; axes that are not named follow in their own order. */
function orderOf({
  params,
  bottoms: [bottom],
}: Pick<Call<readonly number[]>, "params" | "bottoms">): number[] {
  const beyond = params.find((axis) => axis >= bottom!.length)
  if (beyond !== undefined) throw new PrelabError("axis out of range", beyond)
  return [...params, ...bottom!.keys()].filter((axis, i, all) => all.indexOf(axis) === i)
}

function isIdentity(order: readonly number[]): boolean {
  return order.every((axis, i) => axis === i)
}

function viewOf(call: Call<readonly number[]>): View {
  const strides = stridesOf(call.bottoms[0]!)
  return { extents: call.tops[0]!, strides: orderOf(call).map((axis) => strides[axis]!), offset: 0 }
}

/**
 * Permute: the blob's axes in another order, the data moved: permute_layer.cpp of SSD's Caffe (Liu et al.
 * 2016).
 */
export const permute = defineLayer<readonly number[]>({
  type: "Permute",

  parse(message) {
    const order = listOf(section(message, "permute_param"), "order")
    const twice = order.find((axis, i) => order.indexOf(axis) !== i)
    if (twice !== undefined) throw new PrelabError("axis named twice", twice)
    return order
  },

  refusal: (layer) => unknownFieldIn(layer, "permute_param", ["order"]),

  shape(call) {
    const order = orderOf(call)
    if (!isIdentity(order)) refuseInPlace(call.layer)
    return [order.map((axis) => call.bottoms[0]![axis]!)]
  },

  forward: (call, [x]) => [copyView(x!, viewOf(call), new Float32Array(count(call.tops[0]!)))],
  backward: (call, { bottoms: [x], topDiffs: [diff] }) => ({
    bottomDiffs: [addToView(diff!, viewOf(call), x!.length)],
  }),

  bound: (call, _bottoms, _tops, [e]) => [copyView(e!, viewOf(call), new Float64Array(count(call.tops[0]!)))],
  onnx: (call, onnx, [x]) => [onnx.add("Transpose", [x], { perm: orderOf(call) })],
  gpu: (call) => (isIdentity(orderOf(call)) ? [] : [viewKernel(viewOf(call), 0)]),
})
