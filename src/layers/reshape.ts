import { PrelabError } from "../error.js"
import { count, formatShape, type Message, type Shape } from "../net/index.js"
import { refuseInPlace } from "./elementwise.js"
import { defineLayer } from "./layer-type.js"
import { listOf, numberOf, section } from "./param.js"

interface ReshapeParams {
  /** 0 copies the bottom's extent at the same place, -1 takes what is left. */
  readonly dims: readonly number[]
  readonly axis: number
  readonly numAxes: number
}

/**
 * The axes `[start, end)` of the bottom that the new shape replaces. A negative `axis` counts from one past
 * the last.
 */
function replaced({ axis, numAxes }: ReshapeParams, bottom: Shape): { start: number; end: number } {
  const start = axis >= 0 ? axis : bottom.length + axis + 1
  if (start < 0 || start > bottom.length) throw new PrelabError("axis out of range", axis)
  const end = numAxes === -1 ? bottom.length : start + numAxes
  if (numAxes < -1 || end > bottom.length) throw new PrelabError("num_axes out of range", numAxes)
  return { start, end }
}

/** Reshape: the same data under another shape: reshape_layer.cpp. */
export const reshape = defineLayer<ReshapeParams>({
  type: "Reshape",

  parse(message) {
    const param = section(message, "reshape_param")
    const dims = listOf(section(param as Message, "shape"), "dim")
    if (dims.filter((dim) => dim === -1).length > 1)
      throw new PrelabError("only one dimension may be -1", dims.join(", "))
    return { dims, axis: numberOf(param, "axis", 0), numAxes: numberOf(param, "num_axes", -1) }
  },

  shape({ layer, params, bottoms }) {
    refuseInPlace(layer)
    const bottom = bottoms[0]!
    const { start, end } = replaced(params, bottom)
    const dims = params.dims.map((dim, i) => {
      if (dim !== 0) return dim
      const copied = bottom[start + i]
      if (copied === undefined)
        throw new PrelabError("no axis to copy for 0", `dimension ${i} from ${formatShape(bottom)}`)
      return copied
    })
    const whole = (middle: readonly number[]): Shape => [
      ...bottom.slice(0, start),
      ...middle,
      ...bottom.slice(end),
    ]
    const inferred = dims.indexOf(-1)
    if (inferred >= 0) {
      const stated = count(whole(dims.filter((_, i) => i !== inferred)))
      // An empty blob divides by nothing.
      if (stated === 0 || count(bottom) % stated !== 0)
        throw new PrelabError("shape does not divide count", `${stated} of ${count(bottom)}`)
      dims[inferred] = count(bottom) / stated
    }
    const top = whole(dims)
    if (count(top) !== count(bottom))
      throw new PrelabError("reshape changes the count", `${formatShape(bottom)} to ${formatShape(top)}`)
    return [[...top]]
  },

  forward: (_call, [x]) => [x!],
  backward: (_call, { topDiffs: [diff] }) => ({ bottomDiffs: [diff] }),

  bound: (_call, _bottoms, _tops, [e]) => [e!],
  onnx: ({ bottoms, tops }, onnx, [x]) => [onnx.reshape(x!, bottoms[0]!, tops[0]!)],
  gpu: () => [],
})
