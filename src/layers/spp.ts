import { PrelabError } from "../error.js"
import { count, formatShape, type Message, makeValue } from "../net/index.js"
import { concat } from "./concat.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { enumOf, numberOf, section } from "./param.js"
import { pooling, stochastic } from "./pooling.js"

interface SppParams {
  readonly height: number
  readonly pool: "MAX" | "AVE" | "STOCHASTIC"
}

/**
 * Kernel, stride and pad along one axis that make `bins` windows: the padding is the remainder's larger half.
 */
function binsOf(extent: number, bins: number): { kernel: number; pad: number } {
  const kernel = Math.ceil(extent / bins)
  return { kernel, pad: Math.floor((kernel * bins - extent + 1) / 2) }
}

/** The pooling_param of a level: 2^level bins each way. */
function levelMessage(level: number, [, , height, width]: readonly number[], pool: string): Message {
  const [h, w] = [binsOf(height!, 2 ** level), binsOf(width!, 2 ** level)]
  return {
    pooling_param: {
      pool,
      ...{ kernel_h: h.kernel, stride_h: h.kernel, pad_h: h.pad },
      ...{ kernel_w: w.kernel, stride_w: w.kernel, pad_w: w.pad },
    },
  }
}

/** The Pooling layers of the levels, as Caffe builds them. */
function levelsOf({ params, layer, bottoms, phase }: Omit<Call<SppParams>, "tops">): Call<unknown>[] {
  const bottom = bottoms[0]!
  if (bottom.length !== 4) throw new PrelabError("SPP needs four axes", formatShape(bottom))
  return Array.from({ length: params.height }, (_, level) => {
    const message = levelMessage(level, bottom, params.pool)
    const inner = { ...layer, message, tops: [makeValue(`${layer.name}_level${level}`)] }
    const call = { layer: inner, params: pooling.parse(message, inner), phase, bottoms: [bottom], blobs: [] }
    return { ...call, tops: pooling.shape(call) }
  })
}

/** The Concat of the flattened levels along the channels. */
function joined(call: Call<SppParams>, levels: readonly Call<unknown>[]): Call<unknown> {
  const bottoms = levels.map(({ tops: [top] }) => [top![0]!, count(top!, 1)])
  return { ...call, params: { axis: 1 }, bottoms }
}

/**
 * Spatial pyramid pooling: 1, 2 x 2, 4 x 4, … windows over the whole image, flattened one after the other, so
 * that images of any size give vectors of one length: spp_layer.cpp; He et al. 2014, "Spatial pyramid pooling
 * in deep convolutional networks".
 */
export const spp = defineLayer<SppParams>({
  type: "SPP",

  parse(message) {
    const param = section(message, "spp_param")
    const height = numberOf(param, "pyramid_height", 0)
    if (height < 1) throw new PrelabError("pyramid_height must be positive", height)
    return { height, pool: enumOf(param, "pool", ["MAX", "AVE", "STOCHASTIC"], "MAX") }
  },

  refusalAt: stochastic,

  shape(call) {
    const levels = levelsOf(call)
    // With one level Caffe pools straight into the top and does not flatten.
    if (levels.length === 1) return levels[0]!.tops.map((top) => [...top])
    return [[call.bottoms[0]![0]!, levels.reduce((sum, { tops: [top] }) => sum + count(top!, 1), 0)]]
  },

  forward(call, [x]) {
    const levels = levelsOf(call)
    const pooled = levels.map((level) => pooling.forward(level, [x!])[0]!)
    return levels.length === 1 ? pooled : concat.forward(joined(call, levels), pooled)
  },

  backward(call, { bottoms, tops, topDiffs }) {
    const levels = levelsOf(call)
    const pass = { bottoms, tops, propagateDown: [true], paramPropagateDown: [] }
    const diffs =
      levels.length === 1
        ? topDiffs
        : concat.backward!(joined(call, levels), { ...pass, topDiffs }).bottomDiffs
    const [first, ...rest] = levels.map(
      (level, i) => pooling.backward!(level, { ...pass, topDiffs: [diffs[i]!] }).bottomDiffs[0]!,
    )
    // Caffe's Split adds the levels up, each sum rounded.
    const sum = (a: Float32Array, b: Float32Array) => a.map((v, i) => v + b[i]!)
    return { bottomDiffs: [rest.reduce(sum, first!)] }
  },

  bound(call, [x], _tops, [e]) {
    const levels = levelsOf(call)
    const pooled = levels.map((level) => pooling.forward(level, [x!])[0]!)
    const bounds = levels.map((level, i) => pooling.bound(level, [x!], [pooled[i]!], [e!])[0]!)
    return levels.length === 1 ? bounds : concat.bound(joined(call, levels), pooled, [], bounds)
  },

  onnx(call, onnx, [x]) {
    const levels = levelsOf(call)
    const pooled = levels.map((level) => pooling.onnx!(level, onnx, [x!])[0]!)
    if (levels.length === 1) return pooled
    const { bottoms } = joined(call, levels)
    const flat = pooled.map((value, i) => onnx.reshape(value, levels[i]!.tops[0]!, bottoms[i]!))
    return [onnx.add("Concat", flat, { axis: 1 })]
  },

  gpu(call) {
    const levels = levelsOf(call)
    const pooled = levels.flatMap((level) => pooling.gpu!(level))
    if (levels.length === 1) return pooled
    const inner = pooled.map(({ top: _, ...kernel }): GpuKernel => kernel)
    // The joining kernels read levels where Concat has bottoms, and one another behind them.
    const outer = concat.gpu!(joined(call, levels)).map((kernel) => ({
      ...kernel,
      args: Object.fromEntries(
        Object.entries(kernel.args).map(([name, argument]) => {
          if ("bottom" in argument) return [name, { kernel: argument.bottom }]
          return [name, "kernel" in argument ? { kernel: argument.kernel + inner.length } : argument]
        }),
      ),
    }))
    return [...inner, ...outer]
  },
})
