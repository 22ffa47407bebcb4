import { PrelabError } from "../error.js"
import { count, formatShape, type Shape, sameShape } from "../net/index.js"
import { aroundAxis, channelSums, eachRun } from "./channels.js"
import { defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { ETA, U } from "./rounding.js"

/** Every plane of every image has a factor of its own. */
function planes(shape: Shape) {
  return aroundAxis(shape, 0, 2)
}

/**
 * Axpy, f = a x + y with one factor a for every image and channel: axpy_layer.cpp of SENet's Caffe; Hu et al.
 * 2018, "Squeeze-and-excitation networks". Bottoms are a [N, C] or [N, C, 1, 1], x and y.
 */
export const axpy = defineLayer<null>({
  type: "Axpy",
  parse: () => null,

  shape({ bottoms: [a, x, y] }) {
    const fits =
      x!.length >= 2 && a!.length >= 2 && count(a!, 2) === 1 && sameShape(a!.slice(0, 2), x!.slice(0, 2))
    if (!fits) throw new PrelabError("one factor per channel", `${formatShape(a!)} for ${formatShape(x!)}`)
    if (!sameShape(x!, y!))
      throw new PrelabError("shape mismatch", `${formatShape(x!)} and ${formatShape(y!)}`)
    return [[...x!]]
  },

  forward({ tops }, [a, x, y]) {
    const f = new Float32Array(x!.length)
    eachRun(planes(tops[0]!), (c, from, to) => {
      for (let i = from; i < to; i++) f[i] = Math.fround(a![c]! * x![i]!) + y![i]!
    })
    return [f]
  },

  backward({ tops }, { bottoms: [a, x], topDiffs: [diff] }) {
    const around = planes(tops[0]!)
    const dx = new Float32Array(x!.length)
    eachRun(around, (c, from, to) => {
      for (let i = from; i < to; i++) dx[i] = a![c]! * diff![i]!
    })
    return { bottomDiffs: [channelSums(around, (i) => diff![i]! * x![i]!), dx, diff] }
  },

  bound({ tops }, [a, x], [f], [onA, onX, onY]) {
    const bound = new Float64Array(x!.length)
    eachRun(planes(tops[0]!), (c, from, to) => {
      const factor = Math.abs(a![c]!)
      for (let i = from; i < to; i++) {
        const size = Math.abs(x![i]!) + onX![i]!
        const product = factor * onX![i]! + size * onA![c]!
        const rounded = product + U * size * (factor + onA![c]!) + ETA + onY![i]!
        bound[i] = rounded * (1 + U) + U * Math.abs(f![i]!)
      }
    })
    return [bound]
  },

  onnx({ bottoms, tops: [top] }, onnx, [a, x, y]) {
    const factor = onnx.reshape(a!, bottoms[0]!, broadcastFrom(top!, 0, 2))
    return [onnx.add("Add", [onnx.add("Mul", [x, factor]), y])]
  },

  pointwise: ({ tops }) => ({
    around: planes(tops[0]!),
    operands: {
      a: { from: { bottom: 0 }, per: "channel" },
      x1: { from: { bottom: 1 }, per: "element" },
      y1: { from: { bottom: 2 }, per: "element" },
    },
    body: "return a * x1 + y1;",
  }),

  macs: ({ tops }) => count(tops[0]!),
})
