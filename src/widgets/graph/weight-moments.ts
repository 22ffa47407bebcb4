import { aroundAxis, eachRun } from "../../layers/channels.js"
import { type Blob, formatShape, type Layer, type Message } from "../../net/index.js"
import type { BlobWeights, Moments } from "../net-explorer-state.js"

/** Parts of the histogram. */
export const histogramBins = 41

/** The numbers of a layer's parameter blobs: moments in double, whole and channel by channel, and a histogram. */
export function weightMoments(layer: Layer): BlobWeights[] {
  return layer.blobs.map((blob, i) => {
    const axis = channelAxis(layer, blob)
    const { shape, data } = blob
    const channels: Accumulated[] = []
    if (axis !== null) {
      for (let c = 0; c < shape[axis]!; c++) channels.push(new Accumulated())
      eachRun(aroundAxis(shape, axis), (c, from, to) => {
        channels[c]!.runs.push([from, to])
      })
    }
    const whole = new Accumulated()
    whole.runs.push([0, data.length])
    const moments = whole.over(data)
    return {
      name: blobName(layer, i),
      shape: formatShape(shape),
      count: data.length,
      ...moments,
      axis,
      channels: channels.map((channel) => channel.over(data)),
      histogram: spread(data, moments),
    }
  })
}

/**
 * Where a blob has one set of weights a channel: the outputs of a convolution and of an inner product. Deconvolution stores its inputs
 * there.
 */
function channelAxis({ type, message }: Layer, { shape }: Blob): number | null {
  if (shape.filter((extent) => extent > 1).length < 2) return null
  if (type !== "InnerProduct") return shape.findIndex((extent) => extent > 1)
  const isTransposed = (message.inner_product_param as Message | undefined)?.transpose === true
  return isTransposed ? shape.length - 1 : shape.length - 2
}

const names: Readonly<Record<string, readonly string[]>> = {
  PReLU: ["slopes"],
  BatchNorm: ["mean (not scaled)", "variance (not scaled)", "scale factor"],
  Scale: ["scale", "bias"],
  Bias: ["bias"],
  BN: ["scale", "shift", "mean", "variance"],
}

function blobName({ type, blobs }: Layer, index: number): string {
  const known = names[type]?.[index]
  if (known) return known
  return blobs.length > 2 || index > 1 ? `blob ${index}` : index === 0 ? "weights" : "bias"
}

/** Stretches of an array, gone through twice: the deviation needs the mean. */
class Accumulated {
  readonly runs: (readonly [from: number, to: number])[] = []

  over(data: Float32Array): Moments & { notFinite: number } {
    let [min, max, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
    let [zero, negative, positive, notFinite] = [0, 0, 0, 0]
    for (const [from, to] of this.runs) {
      for (let i = from; i < to; i++) {
        const value = data[i]!
        if (!Number.isFinite(value)) {
          notFinite++
          continue
        }
        finite++
        sum += value
        if (value < min) min = value
        if (value > max) max = value
        if (value === 0) zero++
        else if (value < 0) negative++
        else positive++
      }
    }
    const mean = sum / finite
    let squares = 0
    for (const [from, to] of this.runs)
      for (let i = from; i < to; i++) if (Number.isFinite(data[i]!)) squares += (data[i]! - mean) ** 2
    const orNull = (value: number) => (finite > 0 ? value : null)
    return {
      min: orNull(min),
      max: orNull(max),
      mean: orNull(mean),
      std: orNull(Math.sqrt(squares / finite)),
      zero,
      negative,
      positive,
      notFinite,
    }
  }
}

function spread(data: Float32Array, { min, max }: Moments): number[] {
  const counts = new Array<number>(histogramBins).fill(0)
  if (min === null || max === null) return counts
  const width = (max - min) / histogramBins || 1
  for (const value of data)
    if (Number.isFinite(value)) counts[Math.min(histogramBins - 1, Math.floor((value - min) / width))]!++
  return counts
}
