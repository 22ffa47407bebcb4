import { parseBatchNorm } from "../layers/batch-norm.js"
import { layerTypeOf } from "../layers/index.js"
import type { PowerParams } from "../layers/power.js"
import { parseScale } from "../layers/scale.js"
import type { Layer } from "../net/index.js"

/** y = gain x + shift for every channel, in double; one number each where it is the same for all. */
export interface ChannelAffine {
  readonly gain: Float64Array
  readonly shift: Float64Array
}

/** `after(before(x))`. */
export function compose(before: ChannelAffine, after: ChannelAffine): ChannelAffine {
  const channels = Math.max(before.gain.length, after.gain.length)
  const [first, second] = [spread(before, channels), spread(after, channels)]
  const [gain, shift] = [new Float64Array(channels), new Float64Array(channels)]
  for (let c = 0; c < channels; c++) {
    gain[c] = first.gain[c]! * second.gain[c]!
    shift[c] = first.shift[c]! * second.gain[c]! + second.shift[c]!
  }
  return { gain, shift }
}

/** The same map with a number of its own for every channel. */
export function spread(affine: ChannelAffine, channels: number): ChannelAffine {
  if (affine.gain.length === channels) return affine
  const filled = ([value]: Float64Array) => new Float64Array(channels).fill(value!)
  return { gain: filled(affine.gain), shift: filled(affine.shift) }
}

/** Does it only multiply? */
export function isFactor({ shift }: ChannelAffine): boolean {
  return shift.every((each) => each === 0)
}

/** Does it only add? */
export function isShift({ gain }: ChannelAffine): boolean {
  return gain.every((each) => each === 1)
}

/** y = (x - mean) / sqrt(variance + eps) * factor + bias. */
function normalising(
  mean: Float64Array,
  variance: Float64Array,
  eps: number,
  factor?: Float32Array,
  bias?: Float32Array,
): ChannelAffine {
  const gain = variance.map((v, c) => (factor ? factor[c]! : 1) / Math.sqrt(v + eps))
  return { gain, shift: gain.map((g, c) => (bias ? bias[c]! : 0) - mean[c]! * g) }
}

/**
 * The per-channel map of a layer, from its stored blobs as real numbers.
 *
 * - BatchNorm (batch_norm_layer.cpp, stored statistics): y = (x - m) / sqrt(v + eps), m = blob 0 / factor, v = blob 1 / factor, both 0
 *   when the factor, blob 2, is 0. The quotients are the exact ones in double; Caffe rounds 1 / factor and two products to float32, and
 *   that rounding belongs to the original net's own bound. eps is the float32 that the message holds.
 * - BatchNorm with five blobs (NVCaffe): mean, variance, a factor that nothing reads, scale, bias; eps is at least 1e-5.
 * - BN with two blobs (SegNet, ENet; INFERENCE): y = scale x + shift. With four: scale, shift, mean, variance.
 * - Scale (scale_layer.cpp): y = g x + b, b 0 when there is no bias. Bias (bias_layer.cpp): y = x + b.
 * - Power with power 1 (power_layer.cpp): y = shift + scale x, the same for every channel.
 */
export function channelAffineOf(layer: Layer): ChannelAffine {
  const { type, message, blobs } = layer
  const data = blobs.map((blob) => blob.data)
  if (type === "Power") {
    const { scale, shift } = layerTypeOf(layer).parse(message, layer) as PowerParams
    return { gain: Float64Array.of(scale), shift: Float64Array.of(shift) }
  }
  const first = new Float64Array(data[0]!)
  if (type === "BatchNorm") {
    const { eps } = parseBatchNorm(message)
    if (data.length === 5)
      return normalising(
        first,
        new Float64Array(data[1]!),
        Math.max(eps, Math.fround(1e-5)),
        data[3],
        data[4],
      )
    const factor = data[2]![0]!
    const average = (stored: number) => (factor === 0 ? 0 : stored / factor)
    return normalising(first.map(average), new Float64Array(data[1]!).map(average), eps)
  }
  if (type === "BN") {
    if (data.length === 2) return { gain: first, shift: new Float64Array(data[1]!) }
    const { eps } = layerTypeOf(layer).parse(message, layer) as { eps: number }
    return normalising(new Float64Array(data[2]!), new Float64Array(data[3]!), eps, data[0], data[1])
  }
  if (type === "Scale") {
    const bias = parseScale(message).biasTerm ? data[1] : undefined
    return { gain: first, shift: bias ? new Float64Array(bias) : new Float64Array(first.length) }
  }
  return { gain: new Float64Array(first.length).fill(1), shift: first }
}
