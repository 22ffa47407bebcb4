import { parseBatchNorm } from "../layers/batch-norm.js"
import { parseScale } from "../layers/scale.js"
import type { Layer } from "../net/index.js"

/** y = gain x + shift for every channel, in double. */
export interface ChannelAffine {
  readonly gain: Float64Array
  readonly shift: Float64Array
}

export function identityAffine(channels: number): ChannelAffine {
  return { gain: new Float64Array(channels).fill(1), shift: new Float64Array(channels) }
}

/** `after(before(x))`. */
export function compose(before: ChannelAffine, after: ChannelAffine): ChannelAffine {
  return {
    gain: before.gain.map((gain, c) => gain * after.gain[c]!),
    shift: before.shift.map((shift, c) => shift * after.gain[c]! + after.shift[c]!),
  }
}

/**
 * The per-channel map of a layer, from its stored blobs as real numbers.
 *
 * BatchNorm (batch_norm_layer.cpp, stored statistics): y = (x - m) / sqrt(v + eps), m = blob 0 / factor, v = blob 1 / factor, both 0
 * when the factor, blob 2, is 0. The quotients are the exact ones in double; Caffe rounds 1 / factor and two products to float32, and
 * that rounding belongs to the original net's own bound. eps is the float32 that the message holds.
 *
 * Scale (scale_layer.cpp): y = g x + b, b 0 when there is no bias. Bias (bias_layer.cpp): y = x + b.
 */
export function channelAffineOf({ type, message, blobs }: Layer): ChannelAffine {
  const first = Float64Array.from(blobs[0]!.data)
  if (type === "BatchNorm") {
    const { eps } = parseBatchNorm(message)
    const factor = blobs[2]!.data[0]!
    const average = (stored: number) => (factor === 0 ? 0 : stored / factor)
    const gain = Float64Array.from(blobs[1]!.data, (stored) => 1 / Math.sqrt(average(stored) + eps))
    return { gain, shift: gain.map((g, c) => -average(first[c]!) * g) }
  }
  if (type === "Scale") {
    const bias = parseScale(message).biasTerm ? blobs[1]?.data : undefined
    return { gain: first, shift: bias ? Float64Array.from(bias) : new Float64Array(first.length) }
  }
  return { gain: new Float64Array(first.length).fill(1), shift: first }
}
