import { count } from "../net/index.js"
import {
  type ChannelMap,
  channelMapBackward,
  channelMapBound,
  channelMapFormula,
  channelMapNodes,
  inverseDeviation,
  mapChannels,
  storedForm,
} from "./channel-map.js"
import { aroundAxis, channelSums, eachRun } from "./channels.js"
import type { GpuArgument, GpuKernel } from "./gpu-kernel.js"
import { type Call, defineLayer } from "./layer-type.js"
import type { OnnxNodes, OnnxValue } from "./onnx-nodes.js"
import { booleanOf, numberOf, section } from "./param.js"
import { BOTTOM, type Pointwise, pointwiseKernel } from "./pointwise.js"
import { UnsupportedLayer } from "./problems.js"
import { ETA, gamma, U } from "./rounding.js"

export interface BatchNormParams {
  /** `undefined`: as the phase says (true at TEST). */
  readonly useGlobalStats: boolean | undefined
  readonly eps: number
  readonly movingAverageFraction: number
  /** NVCaffe's: scale and bias in the layer itself. */
  readonly scaleBias: boolean
}

export function parseBatchNorm(message: Parameters<typeof section>[0]): BatchNormParams {
  const param = section(message, "batch_norm_param")
  return {
    useGlobalStats:
      param.use_global_stats === undefined ? undefined : booleanOf(param, "use_global_stats", true),
    eps: Math.fround(numberOf(param, "eps", 1e-5)),
    movingAverageFraction: numberOf(param, "moving_average_fraction", 0.999),
    scaleBias:
      booleanOf(param, "scale_bias", false) ||
      param.scale_filler !== undefined ||
      param.bias_filler !== undefined,
  }
}

/**
 * Does this call read the stored statistics, or those of the batch? batch_norm_layer.cpp: by default the
 * phase decides.
 */
export function usesGlobalStats({ params, phase }: Pick<Call<BatchNormParams>, "params" | "phase">): boolean {
  return params.useGlobalStats ?? phase === "TEST"
}

/** NVCaffe's layer has five blobs: mean, variance, a factor that it does not read, scale and bias. */
function isScaled({ layer, params }: Pick<Call<BatchNormParams>, "layer" | "params">): boolean {
  return layer.blobs.length === 0 ? params.scaleBias : layer.blobs.length === 5
}

/**
 * batch_norm_layer.cpp of NVCaffe: eps is never below 1e-5, and the inverse deviation is a factor, not a
 * divisor.
 */
function scaledMap({ params, blobs }: Call<BatchNormParams>): ChannelMap {
  const [mean, variance, , scale, shift] = blobs.map(({ data }) => data) as Float32Array[]
  const inverse = inverseDeviation(variance!, Math.max(params.eps, Math.fround(1e-5)))
  return { statistics: { mean: mean!, inverse }, scale: scale!, shift: shift! }
}

/** The averages that training kept. */
function storedStatistics({ blobs }: Call<BatchNormParams>): { mean: Float32Array; variance: Float32Array } {
  // Blob 2 is the moving average's correction factor; 0 means that nothing was averaged yet.
  const factor = blobs[2]!.data[0]!
  const scale = factor === 0 ? 0 : Math.fround(1 / factor)
  return { mean: blobs[0]!.data.map((v) => scale * v), variance: blobs[1]!.data.map((v) => scale * v) }
}

/** Mean, variance and standard deviation per channel, in Caffe's float32 steps. */
function statistics(
  call: Call<BatchNormParams>,
  x: Float32Array,
): { mean: Float32Array; variance: Float32Array; deviation: Float32Array } {
  const { eps } = call.params
  const around = aroundAxis(call.bottoms[0]!, 1)
  const mean = new Float32Array(around.channels)
  const variance = new Float32Array(around.channels)
  if (usesGlobalStats(call)) {
    const stored = storedStatistics(call)
    mean.set(stored.mean)
    variance.set(stored.variance)
  } else {
    const n = around.outer * around.inner
    const sum = new Float64Array(around.channels)
    eachRun(around, (c, from, to) => {
      for (let i = from; i < to; i++) sum[c]! += x[i]!
    })
    for (let c = 0; c < around.channels; c++) mean[c] = sum[c]! / n
    sum.fill(0)
    eachRun(around, (c, from, to) => {
      for (let i = from; i < to; i++) sum[c]! += Math.fround(x[i]! - mean[c]!) ** 2
    })
    for (let c = 0; c < around.channels; c++) variance[c] = sum[c]! / n
  }
  return { mean, variance, deviation: variance.map((v) => Math.sqrt(Math.fround(v + eps))) }
}

/**
 * BatchNorm, y = (x - mean) / sqrt(variance + eps) per channel (axis 1): batch_norm_layer.cpp; Ioffe &
 * Szegedy 2015. It divides, as Caffe does: multiplying by the reciprocal rounds differently.
 */
export const batchNorm = defineLayer<BatchNormParams>({
  type: "BatchNorm",
  parse: parseBatchNorm,

  shape(call) {
    if (isScaled(call) && !usesGlobalStats(call))
      throw new UnsupportedLayer(
        "batch statistics not supported",
        `scaled BatchNorm in layer ${call.layer.name}`,
      )
    return [[...call.bottoms[0]!]]
  },

  blobShapes(call) {
    const { layer, bottoms } = call
    const channels = bottoms[0]!.length > 1 ? bottoms[0]![1]! : 1
    if (!isScaled(call)) return [[channels], [channels], [1]]
    return [channels, channels, 1, channels, channels].map((n, i) =>
      storedForm(layer.blobs[i], [[n], [1, n, 1, 1]]),
    )
  },

  forward(call, [x]) {
    if (isScaled(call)) return [mapChannels(scaledMap(call), aroundAxis(call.bottoms[0]!, 1), x!)]
    const { mean, deviation } = statistics(call, x!)
    const y = new Float32Array(x!.length)
    eachRun(aroundAxis(call.bottoms[0]!, 1), (c, from, to) => {
      for (let i = from; i < to; i++) y[i] = Math.fround(x![i]! - mean[c]!) / deviation[c]!
    })
    return [y]
  },

  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const around = aroundAxis(call.bottoms[0]!, 1)
    if (isScaled(call)) return channelMapBackward(scaledMap(call), around, x!, diff!)
    const { mean, deviation } = statistics(call, x!)
    const dx = new Float32Array(x!.length)
    if (usesGlobalStats(call)) {
      eachRun(around, (c, from, to) => {
        for (let i = from; i < to; i++) dx[i] = diff![i]! / deviation[c]!
      })
      return { bottomDiffs: [dx] }
    }
    // dx = (dy - mean dy - y mean (dy y)) / deviation, y the top.
    const y = (i: number, c: number) => Math.fround(Math.fround(x![i]! - mean[c]!) / deviation[c]!)
    const n = around.outer * around.inner
    const sums = channelSums(around, (i) => diff![i]!)
    const products = channelSums(around, (i, c) => diff![i]! * y(i, c))
    eachRun(around, (c, from, to) => {
      for (let i = from; i < to; i++)
        dx[i] = (diff![i]! - (y(i, c) * products[c]! + sums[c]!) / n) / deviation[c]!
    })
    return { bottomDiffs: [dx] }
  },

  blobsAfterForward(call, [x]) {
    if (call.phase === "TEST" || usesGlobalStats(call) || isScaled(call)) return undefined
    const { mean, variance } = statistics(call, x!)
    const kept = Math.fround(call.params.movingAverageFraction)
    const { outer, inner } = aroundAxis(call.bottoms[0]!, 1)
    const n = outer * inner
    // The variance of a sample: its mean is its own.
    const correction = Math.fround(n > 1 ? n / (n - 1) : 1)
    const [means, variances, factor] = call.blobs.map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    return [
      means.map((m, c) => mean[c]! + kept * m),
      variances.map((v, c) => correction * variance[c]! + kept * v),
      Float32Array.of(Math.fround(factor[0]! * kept) + 1),
    ]
  },

  bound(call, [x], [y], [e]) {
    if (isScaled(call)) return [channelMapBound(scaledMap(call), aroundAxis(call.bottoms[0]!, 1), x!, y!, e!)]
    const { mean, deviation } = statistics(call, x!)
    const bound = new Float64Array(x!.length)
    const around = aroundAxis(call.bottoms[0]!, 1)
    // Mean: 1/factor and its product round, then the subtraction. Deviation: as many roundings on the
    // variance, the sum with eps and the root, halved by the root; the division; one more where an engine
    // multiplies by a reciprocal. Statistics of the batch add the roundings of their own sums.
    const sums = usesGlobalStats(call) ? 0 : around.outer * around.inner + 2
    const relative = gamma(6 + sums)
    const onMean = gamma(2 + sums) + U
    const largest = sums === 0 ? undefined : largestPerChannel(call, x!, e!)
    eachRun(around, (c, from, to) => {
      const s = deviation[c]!
      const m = Math.abs(mean[c]!)
      for (let i = from; i < to; i++) {
        const own = (e![i]! + onMean * (m + (largest?.[c] ?? 0))) / s
        const batch = largest ? (2 * largest[c]! * (1 + Math.abs(y![i]!))) / s : 0
        bound[i] =
          (own + (sums === 0 ? 0 : batch * gamma(sums))) * (1 + relative) + relative * Math.abs(y![i]!) + ETA
      }
    })
    return [bound]
  },

  onnx(call, onnx, [x]) {
    const bottom = call.bottoms[0]!
    if (isScaled(call)) return [channelMapNodes(scaledMap(call), bottom, onnx, x!)]
    if (!usesGlobalStats(call)) return [batchStatisticsNodes(call, onnx, x!)]
    const { mean, variance } = storedStatistics(call)
    const channels = mean.length
    if (bottom.length < 2) {
      const deviation = onnx.floats("deviation", statistics(call, new Float32Array(0)).deviation)
      return [onnx.add("Div", [onnx.add("Sub", [x, onnx.floats("mean", mean)]), deviation])]
    }
    return [
      onnx.add(
        "BatchNormalization",
        [
          x,
          onnx.floats("scale", new Float32Array(channels).fill(1)),
          onnx.floats("shift", new Float32Array(channels)),
          onnx.floats("mean", mean),
          onnx.floats("variance", variance),
        ],
        { epsilon: { float: call.params.eps } },
      ),
    ]
  },

  gpu(call) {
    if (usesGlobalStats(call)) return [pointwiseKernel(storedFormula(call))]
    return [...batchStatistics(call), pointwiseKernel(formula(call, { kernel: 0 }, { kernel: 1 }))]
  },

  // Statistics of the batch need every value first.
  pointwise: (call) => (usesGlobalStats(call) ? storedFormula(call) : undefined),

  macs: (call) => count(call.tops[0]!),
})

function formula({ tops }: Call<BatchNormParams>, mean: GpuArgument, deviation: GpuArgument): Pointwise {
  return {
    around: aroundAxis(tops[0]!, 1),
    operands: {
      v: BOTTOM,
      mean: { from: mean, per: "channel" },
      deviation: { from: deviation, per: "channel" },
    },
    body: "return (v - mean) / deviation;",
  }
}

/** The formula with stored statistics. */
function storedFormula(call: Call<BatchNormParams>): Pointwise {
  if (isScaled(call)) return channelMapFormula(scaledMap(call), aroundAxis(call.tops[0]!, 1))
  const { mean, deviation } = statistics(call, new Float32Array(0))
  return formula(call, { data: mean }, { data: deviation })
}

/** Two kernels, one thread a channel: the mean of the batch and its standard deviation. */
function batchStatistics({ bottoms, params: { eps } }: Call<BatchNormParams>): GpuKernel[] {
  const { outer, channels, inner } = aroundAxis(bottoms[0]!, 1)
  const average = (start: string, term: string) => `
      let sum = 0;
      for (let o = 0; o < ${outer}; o++) {
        for (let i = 0; i < ${inner}; i++) {
          const v = bottom[o * ${channels * inner} + x * ${inner} + i]${start};
          sum += ${term};
        }
      }`
  const share = 1 / (outer * inner)
  return [
    {
      output: [channels],
      args: { bottom: { bottom: 0 } },
      body: `${average("", "v")}
      return sum * ${share};`,
    },
    {
      output: [channels],
      args: { bottom: { bottom: 0 }, mean: { kernel: 0 } },
      body: `const m = mean[x];${average(" - m", "v * v")}
      return Math.sqrt(sum * ${share} + ${eps});`,
    },
  ]
}

/**
 * Largest |x| + error per channel: what statistics of the batch can be off by, relative to their rounding.
 */
function largestPerChannel(call: Call<BatchNormParams>, x: Float32Array, e: Float64Array): Float64Array {
  const around = aroundAxis(call.bottoms[0]!, 1)
  const largest = new Float64Array(around.channels)
  eachRun(around, (c, from, to) => {
    for (let i = from; i < to; i++) largest[c] = Math.max(largest[c]!, Math.abs(x[i]!) + e[i]!)
  })
  return largest
}

/** The same by ONNX nodes, and what they are for. */
function batchStatisticsNodes({ bottoms, params }: Call<BatchNormParams>, onnx: OnnxNodes, x: OnnxValue) {
  const over = { axes: bottoms[0]!.map((_, i) => i).filter((axis) => axis !== 1) }
  const centre = onnx.add("Sub", [x, onnx.add("ReduceMean", [x], over)])
  const variance = onnx.add("ReduceMean", [onnx.add("Mul", [centre, centre])], over)
  const shifted = onnx.add("Add", [variance, onnx.floats("eps", params.eps)])
  return onnx.add("Div", [centre, onnx.add("Sqrt", [shifted])])
}
