import { count } from "../net/index.js"
import { FUNCTION_ERROR } from "./elementary.js"
import type { GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import { legacyShape } from "./legacy-shape.js"
import { booleanOf, numberOf, section } from "./param.js"
import { ETA, gamma, U } from "./rounding.js"

interface MvnParams {
  readonly normalizeVariance: boolean
  readonly acrossChannels: boolean
  readonly eps: number
}

/** Runs of elements that share a mean: one image, or one plane of it. */
function groupsOf({ params, tops }: Call<MvnParams>): { groups: number; size: number } {
  const groups = count(tops[0]!, 0, params.acrossChannels ? 1 : 2)
  return { groups, size: count(tops[0]!) / groups }
}

/** The divisor for one centred run, in Caffe's float32 steps: sqrt(variance) + eps. */
function divisorOf({ eps }: MvnParams, y: Float32Array, from: number, size: number): number {
  let squares = 0
  for (let i = from; i < from + size; i++) squares += y[i]! * y[i]!
  return Math.fround(Math.fround(Math.sqrt(Math.fround(squares / size))) + eps)
}

/** x - mean of its run, in Caffe's float32 steps. */
function centred(x: Float32Array, groups: number, size: number): Float32Array {
  const y = new Float32Array(x.length)
  for (let g = 0; g < groups; g++) {
    let sum = 0
    for (let i = g * size; i < (g + 1) * size; i++) sum += x[i]!
    const mean = Math.fround(sum / size)
    for (let i = g * size; i < (g + 1) * size; i++) y[i] = x[i]! - mean
  }
  return y
}

/**
 * Mean-variance normalisation, y = (x - mean) / (sqrt(variance) + eps) per plane, or per image with
 * `across_channels`: mvn_layer.cpp. Unlike BatchNorm's, eps stands outside the root. The top has four axes
 * whatever the bottom has.
 */
export const mvn = defineLayer<MvnParams>({
  type: "MVN",

  parse(message) {
    const param = section(message, "mvn_param")
    return {
      normalizeVariance: booleanOf(param, "normalize_variance", true),
      acrossChannels: booleanOf(param, "across_channels", false),
      eps: Math.fround(numberOf(param, "eps", 1e-9)),
    }
  },

  shape: ({ bottoms: [bottom] }) => [[...legacyShape(bottom!)]],

  forward(call, [x]) {
    const { groups, size } = groupsOf(call)
    const y = centred(x!, groups, size)
    if (!call.params.normalizeVariance) return [y]
    for (let g = 0; g < groups; g++) {
      const divisor = divisorOf(call.params, y, g * size, size)
      for (let i = g * size; i < (g + 1) * size; i++) y[i] = y[i]! / divisor
    }
    return [y]
  },

  /**
   * dx = (dy - mean dy - y mean (dy y)) / (sqrt(variance) + eps), y the top: Caffe's own, which takes eps for
   * part of the deviation. Exact where eps is 0.
   */
  backward(call, { tops: [y], bottoms: [x], topDiffs: [diff] }) {
    const { groups, size } = groupsOf(call)
    const { normalizeVariance } = call.params
    const unit = centred(x!, groups, size)
    const dx = new Float32Array(diff!.length)
    for (let g = 0; g < groups; g++) {
      const [from, to] = [g * size, (g + 1) * size]
      let [sum, product] = [0, 0]
      for (let i = from; i < to; i++) {
        sum += diff![i]!
        product += diff![i]! * y![i]!
      }
      const divisor = normalizeVariance ? divisorOf(call.params, unit, from, size) : 1
      for (let i = from; i < to; i++) {
        const projected = normalizeVariance ? y![i]! * product : 0
        dx[i] = (diff![i]! - (projected + sum) / size) / divisor
      }
    }
    return { bottomDiffs: [dx] }
  },

  bound(call, [x], [y], [e]) {
    const { groups, size } = groupsOf(call)
    const c = centred(x!, groups, size)
    const g = gamma(size + 3)
    const bound = new Float64Array(x!.length)
    for (let group = 0; group < groups; group++) {
      const [from, to] = [group * size, (group + 1) * size]
      let mean = 0
      for (let i = from; i < to; i++) mean += (e![i]! + g * (Math.abs(x![i]!) + e![i]!)) / size
      for (let i = from; i < to; i++) {
        const moved = e![i]! + mean
        bound[i] = moved + U * (Math.abs(c[i]!) + moved)
      }
      if (!call.params.normalizeVariance) continue
      let variance = 0
      let error = 0
      for (let i = from; i < to; i++) {
        const most = Math.abs(c[i]!) + bound[i]!
        variance += (c[i]! * c[i]!) / size
        error += (bound[i]! * (2 * Math.abs(c[i]!) + bound[i]!) + g * most * most) / size
      }
      const divisor = divisorOf(call.params, c, from, size)
      const root = Math.sqrt(variance) - Math.sqrt(Math.max(0, variance - error)) + FUNCTION_ERROR * divisor
      const off = root + 2 * U * (divisor + root)
      for (let i = from; i < to; i++) {
        const quotient =
          divisor > off ? (bound[i]! + Math.abs(y![i]!) * off) / (divisor - off) : Number.POSITIVE_INFINITY
        bound[i] = quotient + U * (Math.abs(y![i]!) + quotient) + ETA
      }
    }
    return [bound]
  },

  onnx({ params, bottoms: [bottom], tops: [top] }, onnx, [x]) {
    const over = { axes: params.acrossChannels ? [1, 2, 3] : [2, 3] }
    const images = onnx.reshape(x!, bottom!, top!)
    const centre = onnx.add("Sub", [images, onnx.add("ReduceMean", [images], over)])
    if (!params.normalizeVariance) return [centre]
    const variance = onnx.add("ReduceMean", [onnx.add("Mul", [centre, centre])], over)
    const deviation = onnx.add("Add", [onnx.add("Sqrt", [variance]), onnx.floats("eps", params.eps)])
    return [onnx.add("Div", [centre, deviation])]
  },

  gpu(call): GpuKernel[] {
    const { groups, size } = groupsOf(call)
    const { normalizeVariance, eps } = call.params
    // Times 1 / size, not divided by it: shaders may round a division by several ulp, which a difference
    // would magnify.
    const sumOf = (term: string) => `
      let sum = 0;
      for (let i = 0; i < ${size}; i++) {
        const v = ${term};
        sum += v;
      }`
    const mean = {
      output: [groups],
      args: { bottom: { bottom: 0 } },
      body: `${sumOf(`bottom[x * ${size} + i]`)}
        return sum * ${1 / size};`,
    }
    const centre = {
      output: [size, groups],
      args: { bottom: { bottom: 0 }, mean: { kernel: 0 } },
      body: `return bottom[x + y * ${size}] - mean[y];`,
    }
    if (!normalizeVariance) return [mean, { ...centre, top: 0 }]
    const square = `centred[x * ${size} + i] * centred[x * ${size} + i]`
    return [
      mean,
      centre,
      {
        output: [groups],
        args: { centred: { kernel: 1 } },
        body: `${sumOf(square)}
          return Math.sqrt(sum * ${1 / size}) + ${eps};`,
      },
      {
        output: [size, groups],
        args: { centred: { kernel: 1 }, divisor: { kernel: 2 } },
        body: `return centred[x + y * ${size}] / divisor[y];`,
        top: 0,
      },
    ]
  },

  macs: (call) => count(call.tops[0]!) * (call.params.normalizeVariance ? 2 : 0),
})
