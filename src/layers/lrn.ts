import { PrelabError } from "../error.js"
import { count, formatShape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { aroundAxis, type Channels } from "./channels.js"
import { FUNCTION_ERROR } from "./elementary.js"
import { type Call, defineLayer } from "./layer-type.js"
import { enumOf, numberOf, section } from "./param.js"
import { mapped } from "./parts.js"
import { windowEdges } from "./pooling.js"
import { ETA, gamma, U } from "./rounding.js"

interface LrnParams {
  readonly size: number
  readonly alpha: number
  readonly beta: number
  readonly k: number
  readonly region: "ACROSS_CHANNELS" | "WITHIN_CHANNEL"
}

/** y = x scale^-beta with scale = shift + factor * (sum of squares in a window). */
function scaleOf({ region, k, alpha, size }: LrnParams): { shift: number; factor: number } {
  return region === "WITHIN_CHANNEL"
    ? { shift: 1, factor: alpha / (size * size) }
    : { shift: k, factor: Math.fround(alpha / size) }
}

/**
 * Sums `term` over each element's window: neighbouring channels, or the neighbourhood inside its own plane.
 */
function windowSums({ params, bottoms }: Call<LrnParams>, term: (index: number) => number): Float64Array {
  const [, channels, height, width] = bottoms[0] as [number, number, number, number]
  const { size, region } = params
  const reach = (size - 1) / 2
  const sums = new Float64Array(count(bottoms[0]!))
  const plane = height * width
  for (let i = 0; i < sums.length; i++) {
    checkStopNowAndThen(size ** 2)
    let sum = 0
    if (region === "ACROSS_CHANNELS") {
      const c = Math.floor(i / plane) % channels
      const to = Math.min(channels - 1, c + reach)
      for (let other = Math.max(0, c - reach); other <= to; other++) sum += term(i + (other - c) * plane)
    } else {
      const row = Math.floor((i % plane) / width)
      const column = i % width
      const start = i - row * width - column
      const rows = windowEdges(row, height, size, 1, reach)
      const columns = windowEdges(column, width, size, 1, reach)
      for (let h = rows.from; h < rows.to; h++)
        for (let w = columns.from; w < columns.to; w++) sum += term(start + h * width + w)
    }
    sums[i] = sum
  }
  return sums
}

/**
 * What Caffe's scale may be off by, from bottoms that are exact. Across channels it is carried along: the sum
 * of the next channel is that of the last plus its head minus its tail, so that roundings pile up from
 * channel to channel.
 */
function scaleRounding(
  { params }: Call<LrnParams>,
  scale: Float64Array,
  { outer, channels, inner }: Channels,
): Float64Array {
  const error = scale.map(
    (s) => gamma((params.region === "WITHIN_CHANNEL" ? params.size ** 2 : params.size) + 4) * s,
  )
  if (params.region === "WITHIN_CHANNEL") return error
  for (let n = 0; n < outer; n++) {
    for (let c = 1; c < channels; c++) {
      for (let j = 0; j < inner; j++) {
        const at = (n * channels + c) * inner + j
        // Two products and two sums, none larger than both scales together.
        error[at]! += error[at - inner]! + gamma(4) * (scale[at]! + scale[at - inner]!)
      }
    }
  }
  return error
}

/**
 * Local response normalisation: lrn_layer.cpp; Krizhevsky et al. 2012. ACROSS_CHANNELS: y = x (k + alpha /
 * size sum x^2)^-beta over `local_size` neighbouring channels. WITHIN_CHANNEL: y = x (1 + alpha ave
 * x^2)^-beta over a square in the same plane, padding counted; it ignores k.
 */
export const lrn = defineLayer<LrnParams>({
  type: "LRN",

  parse(message) {
    const param = section(message, "lrn_param")
    const size = numberOf(param, "local_size", 5)
    if (size % 2 !== 1) throw new PrelabError("local_size must be odd", size)
    return {
      size,
      alpha: Math.fround(numberOf(param, "alpha", 1)),
      beta: Math.fround(numberOf(param, "beta", 0.75)),
      k: Math.fround(numberOf(param, "k", 1)),
      region: enumOf(param, "norm_region", ["ACROSS_CHANNELS", "WITHIN_CHANNEL"], "ACROSS_CHANNELS"),
    }
  },

  shape({ bottoms: [bottom] }) {
    if (bottom!.length !== 4) throw new PrelabError("LRN needs four axes", formatShape(bottom!))
    return [[...bottom!]]
  },

  forward(call, [x]) {
    const { shift, factor } = scaleOf(call.params)
    const sums = windowSums(call, (i) => x![i]! * x![i]!)
    const power = (sum: number) => Math.fround(Math.fround(shift + factor * sum) ** -call.params.beta)
    return [mapped(x!, (v, i) => v * power(sums[i]!))]
  },

  /**
   * With s = shift + factor sum x^2 and y = x s^-beta: dx = dy s^-beta - 2 factor beta x sum (dy y / s), the
   * sum over the windows that x is in, which are those around it.
   */
  backward(call, { bottoms: [x], tops: [y], topDiffs: [diff] }) {
    const { shift, factor } = scaleOf(call.params)
    const { beta } = call.params
    const sums = windowSums(call, (i) => x![i]! * x![i]!)
    const scale = mapped(x!, (_, i) => shift + factor * sums[i]!)
    const ratios = windowSums(call, (i) => (diff![i]! * y![i]!) / scale[i]!)
    const dx = mapped(diff!, (d, i) => {
      const own = Math.fround(scale[i]! ** -beta) * d
      return own - 2 * factor * beta * x![i]! * ratios[i]!
    })
    return { bottomDiffs: [dx] }
  },

  bound(call, [x], [y], [e]) {
    const { beta } = call.params
    const { shift, factor } = scaleOf(call.params)
    const sums = windowSums(call, (i) => x![i]! * x![i]!)
    const moved = windowSums(call, (i) => e![i]! * (2 * Math.abs(x![i]!) + e![i]!))
    const magnitude = sums.map((sum) => Math.abs(shift) + Math.abs(factor) * sum)
    const rounding = scaleRounding(call, magnitude, aroundAxis(call.bottoms[0]!, 1))
    const bound = new Float64Array(x!.length)
    for (let i = 0; i < bound.length; i++) {
      const scale = shift + factor * sums[i]!
      const share = (rounding[i]! + Math.abs(factor) * moved[i]!) / Math.abs(scale)
      // (1 - s)^-|beta| - 1 is the most that a relative error s of the base makes of the power.
      const power = share < 1 ? Math.expm1(-Math.abs(beta) * Math.log1p(-share)) : Number.POSITIVE_INFINITY
      const relative = power + (FUNCTION_ERROR + U) * (1 + power)
      const size = scale ** -beta
      bound[i] = Math.abs(y![i]!) * relative + size * e![i]! * (1 + relative) + ETA
    }
    return [bound]
  },

  onnx({ params, bottoms: [bottom] }, onnx, [x]) {
    const { size, alpha, beta, k, region } = params
    const across = region === "ACROSS_CHANNELS"
    // onnxruntime refuses exponents and factors that are not positive.
    if (across && alpha > 0 && beta > 0) {
      const attributes = { alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } }
      return [onnx.add("LRN", [x], { size, ...attributes })]
    }
    const reach = (size - 1) / 2
    const squares = onnx.add("Mul", [x, x])
    // Neighbouring channels are neighbouring rows of one image, where every column is a place.
    const [n, channels] = bottom as [number, number]
    const image = [n, 1, channels, count(bottom!, 2)]
    const mean = onnx.add("AveragePool", [across ? onnx.reshape(squares, bottom!, image) : squares], {
      kernel_shape: across ? [size, 1] : [size, size],
      pads: across ? [reach, 0, reach, 0] : [reach, reach, reach, reach],
      count_include_pad: 1,
    })
    const scaled = onnx.add("Mul", [
      across ? onnx.reshape(mean, image, bottom!) : mean,
      onnx.floats("alpha", alpha),
    ])
    const scale = onnx.add("Add", [scaled, onnx.floats("shift", across ? k : 1)])
    return [onnx.add("Mul", [x, onnx.add("Pow", [scale, onnx.floats("power", -beta)])])]
  },

  gpu({ params, bottoms }) {
    const [n, channels, height, width] = bottoms[0] as [number, number, number, number]
    const { shift, factor } = scaleOf(params)
    const { size, beta } = params
    const reach = (size - 1) / 2
    const power = (at: string) => `return bottom[${at}] * Math.pow(${shift} + sum * (${factor}), ${-beta});`
    const args = { bottom: { bottom: 0 } }
    if (params.region === "ACROSS_CHANNELS") {
      const plane = height * width
      const body = `
        const image = x + z * ${channels * plane};
        let sum = 0;
        for (let i = 0; i < ${size}; i++) {
          const c = y + i - ${reach};
          if (c >= 0 && c < ${channels}) {
            const v = bottom[image + c * ${plane}];
            sum += v * v;
          }
        }
        ${power(`image + y * ${plane}`)}`
      return [{ output: [plane, channels, n], args, body, top: 0 }]
    }
    const body = `
      const plane = z * ${height * width};
      let sum = 0;
      for (let i = 0; i < ${size}; i++) {
        const h = y + i - ${reach};
        for (let j = 0; j < ${size}; j++) {
          const w = x + j - ${reach};
          if (h >= 0 && h < ${height} && w >= 0 && w < ${width}) {
            const v = bottom[plane + h * ${width} + w];
            sum += v * v;
          }
        }
      }
      ${power(`plane + y * ${width} + x`)}`
    return [{ output: [width, height, n * channels], args, body, top: 0 }]
  },

  macs: ({ params, tops }) =>
    count(tops[0]!) * (params.region === "WITHIN_CHANNEL" ? params.size ** 2 : params.size),
})
