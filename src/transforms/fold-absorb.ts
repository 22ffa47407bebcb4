import type { Blob, Layer, Message } from "../net/index.js"
import { type ChannelAffine, isFactor, isShift, spread } from "./channel-affine.js"
import { inputsOf, type Layout, layoutOf, outputChannels, sectionOf } from "./fold-target.js"
import { ownSpec, specsOf } from "./wiring.js"

/** Per-channel maps to be taken in. */
export interface Absorbed {
  /** Of the target's input, and how many neighbouring inputs belong to one channel. */
  readonly before?: ChannelAffine | undefined
  readonly inputsPerChannel?: number | undefined
  /** Of its output. */
  readonly after?: ChannelAffine | undefined
  /** The `param` spec of a bias that the target did not have. */
  readonly biasSpec?: Message | undefined
}

/**
 * The target with per-channel maps taken in: of its output, y = gain x + shift, W' = gain W, b' = gain b + shift; and of its input,
 * W' = W gain, b' = b + W shift; computed in double and rounded once. `undefined` when a parameter would leave float32's range.
 */
export function absorb(
  layer: Layer,
  { before, inputsPerChannel, after, biasSpec }: Absorbed,
): Layer | undefined {
  const layout = layoutOf(layer)
  const [weight, bias] = layer.blobs as [Blob, Blob?]
  const outputs = outputChannels(layer)
  const input = before && spreadOver(before, inputsOf(layer), inputsPerChannel ?? 1)
  const output = after && spread(after, outputs)
  const gains = {
    input: input && !isShift(input) ? input.gain : undefined,
    output: output && !isShift(output) ? output.gain : undefined,
  }
  const biases = bias ? new Float64Array(bias.data) : new Float64Array(outputs)
  if (input && !isFactor(input)) addProducts(biases, layout, weight.data, input.shift)
  if (output) for (let o = 0; o < outputs; o++) biases[o] = biases[o]! * output.gain[o]! + output.shift[o]!
  const weights = scaled(layout, weight.data, gains)
  const stored = Float32Array.from(biases)
  if (!weights || overflows(stored)) return undefined
  const weightBlob = { shape: weight.shape, data: weights }
  if (!bias && stored.every((each) => each === 0)) return { ...layer, blobs: [weightBlob] }
  return {
    ...layer,
    message: bias ? layer.message : withBias(layer, biasSpec),
    blobs: [weightBlob, { shape: bias?.shape ?? [outputs], data: stored }],
  }
}

/** The map of every input of a target. */
function spreadOver(affine: ChannelAffine, inputs: number, each: number): ChannelAffine {
  const channels = affine.gain.length
  if (channels === inputs) return affine
  const over = (values: Float64Array) => {
    return Float64Array.from({ length: inputs }, (_, i) => values[Math.floor(i / each) % channels]!)
  }
  return { gain: over(affine.gain), shift: over(affine.shift) }
}

/** Every weight times the gain of its input and the gain of its output; undefined where one would leave float32's range. */
function scaled(
  { rows, columns, inner, group, outputs }: Layout,
  weights: Float32Array,
  gains: { input: Float64Array | undefined; output: Float64Array | undefined },
): Float32Array | undefined {
  const [ofRow, ofColumn] = outputs === "rows" ? [gains.output, gains.input] : [gains.input, gains.output]
  if (!ofRow && !ofColumn) return overflows(weights) ? undefined : weights
  // Every place is written below: zeros would cost a pass of their own.
  const result = new Float32Array(Buffer.allocUnsafeSlow(4 * weights.length).buffer)
  let finite = 0
  for (let row = 0; row < rows; row++) {
    const factor = ofRow ? ofRow[row]! : 1
    const from = row * columns * inner
    if (!ofColumn) {
      finite += multiply(weights, result, from, from + columns * inner, factor)
      continue
    }
    const first = Math.floor(row / (rows / group)) * columns
    for (let column = 0; column < columns; column++) {
      const at = from + column * inner
      finite += multiply(weights, result, at, at + inner, factor * ofColumn[first + column]!)
    }
  }
  return finite === 0 ? result : undefined
}

/** `to` = `weights` times a factor; 0 where all of it is finite, else NaN. Millions of weights pass here: one loop, no branch. */
function multiply(
  weights: Float32Array,
  to: Float32Array,
  start: number,
  end: number,
  factor: number,
): number {
  let finite = 0
  for (let i = start; i < end; i++) {
    const value = Math.fround(weights[i]! * factor)
    finite += value - value
    to[i] = value
  }
  return finite
}

/** Adds W shift to the biases: what a constant in every input makes of each output, all taps seen. */
function addProducts(
  biases: Float64Array,
  { rows, columns, inner, group, outputs }: Layout,
  weights: Float32Array,
  shift: Float64Array,
): void {
  let at = 0
  for (let row = 0; row < rows; row++) {
    const first = Math.floor(row / (rows / group)) * columns
    for (let column = 0; column < columns; column++) {
      let sum = 0
      for (const end = at + inner; at < end; at++) sum += weights[at]!
      const [output, input] = outputs === "rows" ? [row, first + column] : [first + column, row]
      biases[output]! += sum * shift[input]!
    }
  }
}

const LARGEST = (2 - 2 ** -23) * 2 ** 127

/** Is there a number that float32 cannot hold? */
export function overflows(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i++) if (!(Math.abs(data[i]!) <= LARGEST)) return true
  return false
}

/** The message with `bias_term: true`, and a `param` spec for the new bias where the weights have one of their own. */
function withBias(layer: Layer, biasSpec: Message | undefined): Message {
  const { message } = layer
  const section = sectionOf(layer)
  const [spec] = specsOf(layer)
  return {
    ...message,
    // Shared by name no more: the new bias is this layer's own.
    ...(spec ? { param: [spec, ownSpec(biasSpec ?? spec)] } : {}),
    [section]: { ...(message[section] as Message | undefined), bias_term: true },
  }
}
