import { type Blob, type Shape, sameShape } from "../net/index.js"
import { type Channels, channelSums, eachRun } from "./channels.js"
import { FUNCTION_ERROR } from "./elementary.js"
import { broadcastFrom, type OnnxNodes, type OnnxValue } from "./onnx-nodes.js"
import { BOTTOM, type Operand, type Pointwise } from "./pointwise.js"
import { ETA, gamma, U } from "./rounding.js"

/** The forks' batch norms at test time: y = ((x - mean) inverse) scale + shift, one of each a channel. */
export interface ChannelMap {
  /** Absent where the statistics are in scale and shift already. */
  readonly statistics?: { readonly mean: Float32Array; readonly inverse: Float32Array }
  readonly scale: Float32Array
  readonly shift: Float32Array
}

/**
 * (variance + eps)^-0.5 in their float32 steps. BVLC's BatchNorm divides by the root instead, which rounds
 * differently.
 */
export function inverseDeviation(variance: Float32Array, eps: number): Float32Array {
  return variance.map((v) => 1 / Math.sqrt(Math.fround(v + eps)))
}

/**
 * The shape that a blob has, where versions of a layer write one in different forms; the first form of a blob
 * that is to be made.
 */
export function storedForm(blob: Blob | undefined, forms: readonly Shape[]): Shape {
  return forms.find((form) => blob && sameShape(form, blob.shape)) ?? forms[0]!
}

export function mapChannels({ statistics, scale, shift }: ChannelMap, around: Channels, x: Float32Array) {
  const y = new Float32Array(x.length)
  eachRun(around, (c, from, to) => {
    for (let i = from; i < to; i++) {
      const unit = statistics
        ? Math.fround(Math.fround(x[i]! - statistics.mean[c]!) * statistics.inverse[c]!)
        : x[i]!
      y[i] = Math.fround(unit * scale[c]!) + shift[c]!
    }
  })
  return y
}

/**
 * Diffs of the bottom and of the blobs mean, variance, factor, scale and shift, of which the statistics get
 * none.
 */
export function channelMapBackward(map: ChannelMap, around: Channels, x: Float32Array, diff: Float32Array) {
  const { statistics, scale } = map
  const dx = new Float32Array(x.length)
  const unit = (i: number, c: number) =>
    statistics ? Math.fround(Math.fround(x[i]! - statistics.mean[c]!) * statistics.inverse[c]!) : x[i]!
  eachRun(around, (c, from, to) => {
    for (let i = from; i < to; i++) dx[i] = Math.fround(diff[i]! * scale[c]!) * (statistics?.inverse[c] ?? 1)
  })
  const onScale = channelSums(around, (i, c) => diff[i]! * unit(i, c))
  const onShift = channelSums(around, (i) => diff[i]!)
  return { bottomDiffs: [dx], blobDiffs: [undefined, undefined, undefined, onScale, onShift] }
}

/** @param y the result at x, whose values may be off by e */
export function channelMapBound(
  { statistics, scale, shift: _shift }: ChannelMap,
  around: Channels,
  x: Float32Array,
  y: Float32Array,
  e: Float64Array,
): Float64Array {
  const bound = new Float64Array(x.length)
  // The product with the scale; with statistics also the difference, the product with the inverse, and in
  // that the sum with eps, halved by the root, and a library's power.
  const relative = statistics ? gamma(4) + FUNCTION_ERROR : U
  eachRun(around, (c, from, to) => {
    const g = Math.abs(scale[c]!)
    const inverse = statistics ? statistics.inverse[c]! : 1
    const mean = statistics ? statistics.mean[c]! : 0
    for (let i = from; i < to; i++) {
      const size = g * inverse * (Math.abs(x[i]! - mean) + e[i]!)
      const product = g * inverse * e[i]! + relative * size + (1 + g) * ETA
      bound[i] = product * (1 + U) + U * Math.abs(y[i]!)
    }
  })
  return bound
}

export function channelMapFormula({ statistics, scale, shift }: ChannelMap, around: Channels): Pointwise {
  const perChannel = (data: Float32Array): Operand => ({ from: { data }, per: "channel" })
  return {
    around,
    operands: {
      v: BOTTOM,
      ...(statistics ? { mean: perChannel(statistics.mean), inverse: perChannel(statistics.inverse) } : {}),
      scale: perChannel(scale),
      shift: perChannel(shift),
    },
    body: `return ${statistics ? "(v - mean) * inverse" : "v"} * scale + shift;`,
  }
}

export function channelMapNodes(
  { statistics, scale, shift }: ChannelMap,
  bottom: Shape,
  onnx: OnnxNodes,
  x: OnnxValue,
): OnnxValue {
  const shape = broadcastFrom(bottom, 1, 1)
  const constant = (name: string, data: Float32Array) => onnx.floats(name, data, shape)
  const centred = statistics && onnx.add("Sub", [x, constant("mean", statistics.mean)])
  const unit = statistics && onnx.add("Mul", [centred, constant("inverse", statistics.inverse)])
  const scaled = onnx.add("Mul", [unit ?? x, constant("scale", scale)])
  return onnx.add("Add", [scaled, constant("shift", shift)])
}
