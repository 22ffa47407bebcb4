import type { InPlaceMemory } from "../engines/index.js"
import { PrelabError } from "../error.js"
import type { Call } from "../layers/index.js"
import { count } from "../net/index.js"

/**
 * A way in which a PReLU that overwrites its bottom can remember it: its backward pass needs the
 * pre-activations x, for their signs and for the slopes' gradient, the sum of dy x over x <= 0. The first is
 * Caffe's; the others were proposed in the discussion that brought PReLU to Caffe
 * (https://github.com/BVLC/caffe/pull/1940).
 */
export interface PReluMemory extends InPlaceMemory {
  /** Bytes that layers with so many values each need beside the net's blobs. */
  bytes(counts: readonly number[]): number
}

/** The slope of every value's channel. */
function slopeOf({ blobs, bottoms: [bottom] }: Call<unknown>): (i: number) => number {
  const slopes = blobs[0]!.data
  const [channels, inner] = [bottom![1]!, count(bottom!, 2)]
  return slopes.length === 1 ? () => slopes[0]! : (i) => slopes[Math.floor(i / inner) % channels]!
}

function sum(counts: readonly number[], of: (n: number) => number): number {
  return counts.reduce((total, n) => total + of(n), 0)
}

/** @throws PrelabError where a slope is 0, or negative if that matters. */
function checkSlopes({ layer, blobs }: Call<unknown>, { alsoNegative }: { alsoNegative: boolean }): void {
  const { data } = blobs[0]!
  const zero = data.indexOf(0)
  if (zero >= 0)
    throw new PrelabError("slope 0 cannot be undone", `channel ${zero} of ${layer.name}`, {
      hint: "every negative value became 0: keep a copy",
    })
  const negative = alsoNegative ? data.findIndex((slope) => slope < 0) : -1
  if (negative >= 0)
    throw new PrelabError(
      "negative slope hides the sign",
      `${data[negative]} in channel ${negative} of ${layer.name}`,
      { hint: "a positive top may come from a negative value: keep the signs" },
    )
}

/**
 * Undoes y = a x where x was negative. The quotient is x to two roundings, and x itself where a is a power of
 * two.
 */
function undone(top: Float32Array, isNegative: (i: number) => boolean, slope: (i: number) => number) {
  return top.map((y, i) => (isNegative(i) ? y / slope(i) : y))
}

/** Caffe's `bottom_memory_`: all values. Four bytes each. */
export const fullCopy: PReluMemory = {
  name: "full copy",
  bytes: (counts) => sum(counts, (n) => 4 * n),
  keep(_call, bottom) {
    const copy = bottom.slice()
    return { restore: () => copy }
  },
}

/** The signs alone, one byte each: the rest is in top and slope. A slope of 0 cannot be undone. */
export const signBytes: PReluMemory = {
  name: "sign bytes",
  bytes: (counts) => sum(counts, (n) => n),
  keep(call, bottom) {
    checkSlopes(call, { alsoNegative: false })
    const signs = Uint8Array.from(bottom, (x) => (x > 0 ? 0 : 1))
    return { restore: (top) => undone(top, (i) => signs[i] === 1, slopeOf(call)) }
  },
}

/** The same in one bit each. */
export const signBits: PReluMemory = {
  name: "sign bits",
  bytes: (counts) => sum(counts, (n) => Math.ceil(n / 8)),
  keep(call, bottom) {
    checkSlopes(call, { alsoNegative: false })
    const signs = new Uint8Array(Math.ceil(bottom.length / 8))
    bottom.forEach((x, i) => {
      if (!(x > 0)) signs[i >> 3]! |= 1 << (i & 7)
    })
    return { restore: (top) => undone(top, (i) => ((signs[i >> 3]! >> (i & 7)) & 1) === 1, slopeOf(call)) }
  },
}

/** Nothing at all: where a slope is positive, top and bottom have the same sign. */
export const reconstruction: PReluMemory = {
  name: "top and slope",
  bytes: () => 0,
  keep(call) {
    checkSlopes(call, { alsoNegative: true })
    return { restore: (top) => undone(top, (i) => !(top[i]! > 0), slopeOf(call)) }
  },
}

/**
 * The pre-activations wait in the diff of the bottom, which a forward pass does not use. On the way back that
 * diff is written before the layer's turn comes, so they move to one buffer, as large as the largest layer,
 * that all layers share. One for each pass.
 */
export function sharedBuffer(): PReluMemory {
  let buffer = new Float32Array(0)
  return {
    name: "shared buffer",
    bytes: (counts) => 4 * Math.max(0, ...counts),
    keep(_call, bottom) {
      const bottomDiff = bottom.slice()
      return {
        restore() {
          if (buffer.length < bottomDiff.length) buffer = new Float32Array(bottomDiff.length)
          buffer.set(bottomDiff)
          return buffer.subarray(0, bottomDiff.length)
        },
      }
    },
  }
}

/** All of them, the full copy first. */
export const preluMemories: readonly (() => PReluMemory)[] = [
  () => fullCopy,
  () => signBytes,
  () => signBits,
  () => reconstruction,
  sharedBuffer,
]
