import { count, type Shape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"

/**
 * A blob seen as [outer, channels, inner] around one axis: element i belongs to channel floor(i / inner) mod
 * channels.
 */
export interface Channels {
  readonly outer: number
  readonly channels: number
  readonly inner: number
}

export function aroundAxis(shape: Shape, axis: number, axes = 1): Channels {
  return {
    outer: count(shape, 0, axis),
    // A blob that ends before this axis has one channel (batch_norm_layer.cpp).
    channels: count(shape, axis, Math.min(axis + axes, shape.length)),
    inner: count(shape, axis + axes),
  }
}

/** Calls `visit(channel, from, to)` for every run of elements that share a channel, in memory order. */
export function eachRun(
  { outer, channels, inner }: Channels,
  visit: (channel: number, from: number, to: number) => void,
): void {
  for (let o = 0, at = 0; o < outer; o++) {
    checkStopNowAndThen(channels * inner)
    for (let c = 0; c < channels; c++, at += inner) visit(c, at, at + inner)
  }
}

/** One sum a channel of a term of every element, added up in double and rounded once. */
export function channelSums(around: Channels, term: (i: number, channel: number) => number): Float32Array {
  const sums = new Float64Array(around.channels)
  eachRun(around, (c, from, to) => {
    let sum = 0
    for (let i = from; i < to; i++) sum += term(i, c)
    sums[c]! += sum
  })
  return new Float32Array(sums)
}
