import { count } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import { type ConvolutionParams, slidingOf } from "./convolution-params.js"
import { windowTable } from "./im2col.js"
import type { Call } from "./layer-type.js"

/**
 * The sizes of one bottom's convolution, channels and outputs those of one group, and where its patches lie in
 * padded planes: a patch's tap of a channel is at `starts[position] + taps[channel x tap]`, from an image's first
 * value on.
 */
export interface Patches {
  readonly group: number
  readonly channels: number
  readonly outputs: number
  readonly images: number
  readonly positions: number
  readonly fanIn: number
  /** Values of a channel, and of a channel with its padding. */
  readonly plane: number
  readonly paddedPlane: number
  readonly starts: Int32Array
  readonly taps: Int32Array
  /** Where in a padded plane the values of a plane are; undefined without padding. */
  readonly inner: Int32Array | undefined
}

export function patchesOf(call: Call<ConvolutionParams>, index: number): Patches {
  const { axis, kernel, stride, pad, dilation } = slidingOf(call)
  const { numOutput, group } = call.params
  const [bottom, top] = [call.bottoms[index]!, call.tops[index]!]
  const input = bottom.slice(axis + 1)
  const padded = input.map((extent, i) => extent + 2 * pad[i]!)
  const [zeros, ones] = [kernel.map(() => 0), kernel.map(() => 1)]
  const channels = bottom[axis]! / group
  const perTap = count(kernel)
  const fanIn = channels * perTap
  const paddedPlane = count(padded)
  const tap = windowTable(padded, ones, { kernel, stride: ones, pad: zeros, dilation })
  return {
    group,
    channels,
    outputs: numOutput / group,
    images: count(bottom, 0, axis),
    positions: count(top, axis + 1),
    fanIn,
    plane: count(input),
    paddedPlane,
    starts: windowTable(padded, top.slice(axis + 1), { kernel: ones, stride, pad: zeros, dilation: ones }),
    taps: Int32Array.from(
      { length: fanIn },
      (_, i) => Math.floor(i / perTap) * paddedPlane + tap[i % perTap]!,
    ),
    inner: pad.some((extent) => extent > 0) ? innerOf(input, padded, pad) : undefined,
  }
}

function innerOf(input: readonly number[], padded: readonly number[], pad: readonly number[]): Int32Array {
  const ones = input.map(() => 1)
  const zeros = input.map(() => 0)
  const places = windowTable(padded, input, { kernel: ones, stride: ones, pad: zeros, dilation: ones })
  const corner = pad.reduce((at, extent, i) => at * padded[i]! + extent, 0)
  return places.map((place) => place + corner)
}

/** All planes of a bottom with zeros around them. */
export function withPadding(x: Float32Array, { plane, paddedPlane, inner }: Patches): Float32Array {
  if (inner === undefined) return x
  const padded = new Float32Array((x.length / plane) * paddedPlane)
  for (let from = 0, to = 0; from < x.length; from += plane, to += paddedPlane) {
    checkStopNowAndThen(plane)
    for (let i = 0; i < plane; i++) padded[to + inner[i]!] = x[from + i]!
  }
  return padded
}
