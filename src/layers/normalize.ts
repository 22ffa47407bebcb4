import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { aroundAxis } from "./channels.js"
import { FUNCTION_ERROR } from "./elementary.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type GpuKernel, threadPerElement } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { broadcastFrom } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { ETA, gamma } from "./rounding.js"

interface NormalizeParams {
  readonly acrossSpatial: boolean
  readonly channelShared: boolean
  readonly eps: number
}

/** Elements that share a norm lie `step` apart: the channels of one position, or a whole image. */
interface Group {
  readonly norm: number
  readonly from: number
  readonly size: number
  readonly step: number
}

function eachGroup({ params, tops }: Call<NormalizeParams>, visit: (group: Group) => void): void {
  const { outer, channels, inner } = aroundAxis(tops[0]!, 1)
  const image = channels * inner
  for (let o = 0, norm = 0; o < outer; o++) {
    if (params.acrossSpatial) visit({ norm: norm++, from: o * image, size: image, step: 1 })
    else
      for (let j = 0; j < inner; j++)
        visit({ norm: norm++, from: o * image + j, size: channels, step: inner })
  }
}

function scaleOf({ params, blobs, tops }: Call<NormalizeParams>): (place: number) => number {
  const { channels, inner } = aroundAxis(tops[0]!, 1)
  const scale = blobs[0]!.data
  return params.channelShared ? () => scale[0]! : (place) => scale[Math.floor(place / inner) % channels]!
}

/**
 * Normalize, y = s x / sqrt(sum x^2 + eps), the sum over the channels of one position or, `across_spatial`,
 * over the image; one scale s a channel or for all: normalize_layer.cpp of SSD's Caffe; Liu et al. 2015,
 * "ParseNet".
 */
export const normalize = defineLayer<NormalizeParams>({
  type: "Normalize",

  parse(message) {
    const param = section(message, "norm_param")
    return {
      acrossSpatial: booleanOf(param, "across_spatial", true),
      channelShared: booleanOf(param, "channel_shared", true),
      eps: Math.fround(numberOf(param, "eps", 1e-10)),
    }
  },

  refusal: (layer) =>
    unknownFieldIn(layer, "norm_param", ["across_spatial", "scale_filler", "channel_shared", "eps"]),

  shape({ bottoms: [bottom] }) {
    if (bottom!.length < 2) throw new PrelabError("Normalize needs at least two axes", bottom!.length)
    return [[...bottom!]]
  },

  blobShapes: ({ params, bottoms }) => [params.channelShared ? [] : [bottoms[0]![1]!]],

  forward(call, [x]) {
    const { acrossSpatial, eps } = call.params
    const scale = scaleOf(call)
    const y = new Float32Array(x!.length)
    eachGroup(call, ({ from, size, step }) => {
      let sum = eps
      for (let i = 0, at = from; i < size; i++, at += step) sum += Math.fround(x![at]! * x![at]!)
      const norm = Math.fround(Math.sqrt(Math.fround(sum)))
      // Caffe divides by the norm of a position and multiplies by the reciprocal of an image's.
      const reciprocal = Math.fround(1 / norm)
      for (let i = 0, at = from; i < size; i++, at += step) {
        const unit = Math.fround(acrossSpatial ? x![at]! * reciprocal : x![at]! / norm)
        y[at] = unit * scale(at)
      }
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const { params, blobs, tops } = call
    const scale = scaleOf(call)
    const { channels, inner } = aroundAxis(tops[0]!, 1)
    const dx = new Float32Array(x!.length)
    const onScale = new Float64Array(blobs[0]!.data.length)
    eachGroup(call, ({ from, size, step }) => {
      let [squares, product] = [params.eps, 0]
      for (let i = 0, at = from; i < size; i++, at += step) {
        squares += x![at]! ** 2
        product += x![at]! * diff![at]! * scale(at)
      }
      // With n the norm: dx = (s dy - x sum (x s dy) / n^2) / n, and ds = sum dy x / n.
      const norm = Math.sqrt(squares)
      for (let i = 0, at = from; i < size; i++, at += step) {
        dx[at] = (diff![at]! * scale(at) - (x![at]! * product) / squares) / norm
        const channel = params.channelShared ? 0 : Math.floor(at / inner) % channels
        onScale[channel]! += (diff![at]! * x![at]!) / norm
      }
    })
    return { bottomDiffs: [dx], blobDiffs: [new Float32Array(onScale)] }
  },

  bound(call, [x], [y], [e]) {
    const { eps } = call.params
    const scale = scaleOf(call)
    const bound = new Float64Array(x!.length)
    eachGroup(call, ({ from, size, step }) => {
      let squares = eps
      let moved = 0
      for (let i = 0, at = from; i < size; i++, at += step) {
        squares += x![at]! ** 2
        moved += e![at]! ** 2
      }
      // The norm moves by no more than its arguments do; it stays above the root of eps.
      const norm = Math.sqrt(squares)
      const off = Math.sqrt(moved)
      const least = Math.max(norm - off, Math.sqrt(eps))
      // The squares and their sum round, and vanish where they are too small; the root halves that. Then the
      // root itself, the reciprocal, the quotient and the scale.
      const vanished = (2 * size * ETA) / least ** 2
      const relative = gamma(size + 1) / 2 + vanished + FUNCTION_ERROR + gamma(4)
      const isBounded = squares < 2 ** 128 && least > 0
      for (let i = 0, at = from; i < size; i++, at += step) {
        const quotient = (e![at]! + (Math.abs(x![at]!) * off) / norm) / least
        const own = Math.abs(scale(at)) * quotient
        bound[at] = isBounded
          ? own * (1 + relative) + relative * (Math.abs(y![at]!) + own) + (1 + Math.abs(scale(at))) * ETA
          : Number.POSITIVE_INFINITY
      }
    })
    return [bound]
  },

  onnx({ params, blobs, bottoms: [bottom] }, onnx, [x]) {
    const axes = params.acrossSpatial ? bottom!.map((_, i) => i).slice(1) : [1]
    const squares = onnx.add("ReduceSumSquare", [x], { axes })
    const norm = onnx.add("Sqrt", [onnx.add("Add", [squares, onnx.floats("eps", params.eps)])])
    const shape = params.channelShared ? [] : broadcastFrom(bottom!, 1, 1)
    return [onnx.add("Mul", [onnx.add("Div", [x, norm]), onnx.floats("scale", blobs[0]!.data, shape)])]
  },

  gpu(call): GpuKernel[] {
    const { params, blobs, tops } = call
    const { outer, channels, inner } = aroundAxis(tops[0]!, 1)
    const { output, at, channel } = threadPerElement({ outer, channels, inner })
    const image = channels * inner
    const sumOf = (size: number, place: string) => `
      let sum = 0;
      for (let i = 0; i < ${size}; i++) {
        const v = values[${place}];
        sum += VALUE;
      }`
    const squares = (size: number, place: string) => sumOf(size, place).replace("VALUE", "v * v")
    const root = `return Math.sqrt(sum + ${params.eps});`
    const args = { values: { bottom: 0 } }
    // An image's squares are summed plane by plane first, so that many threads take part.
    const norms: GpuKernel[] = params.acrossSpatial
      ? [
          {
            output: [channels, outer],
            args,
            body: `${squares(inner, `y * ${image} + x * ${inner} + i`)} return sum;`,
          },
          {
            output: [outer],
            args: { values: { kernel: 0 } },
            body: `${sumOf(channels, `x * ${channels} + i`).replace("VALUE", "v")} ${root}`,
          },
        ]
      : [
          {
            output: [inner, outer],
            args,
            body: `${squares(channels, `y * ${image} + i * ${inner} + x`)} ${root}`,
          },
        ]
    const norm = params.acrossSpatial ? (inner > 1 ? "z" : "y") : inner > 1 ? `x + z * ${inner}` : "y"
    const factor = params.channelShared ? "0" : channel
    return [
      ...norms,
      {
        output,
        args: {
          bottom: { bottom: 0 },
          norms: { kernel: norms.length - 1 },
          scale: { data: blobs[0]!.data },
        },
        body: `return bottom[${at}] / norms[${norm}] * scale[${factor}];`,
        top: 0,
      },
    ]
  },

  macs: ({ tops }) => 3 * count(tops[0]!),
})
