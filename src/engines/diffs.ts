import { eachPart } from "../layers/parts.js"
import type { Value } from "../net/index.js"

/**
 * The diffs of values on the way back. A value that several layers read gets one from each; they are added up
 * one after the other in the readers' order, each sum rounded, as in the Split layer that Caffe has there
 * (split_layer.cpp).
 */
export class ValueDiffs {
  readonly #parts = new Map<Value, Float32Array[]>()

  /** Puts a diff before those that are there: the readers come from the last to the first. */
  add(value: Value, diff: Float32Array): void {
    const parts = this.#parts.get(value)
    if (parts) parts.unshift(diff)
    else this.#parts.set(value, [diff])
  }

  /** The sum, which is not kept; undefined where there is none. */
  take(value: Value): Float32Array | undefined {
    const parts = this.#parts.get(value)
    this.#parts.delete(value)
    if (parts === undefined || parts.length === 1) return parts?.[0]
    const sum = parts[0]!.slice()
    for (const part of parts.slice(1)) addTo(sum, part)
    return sum
  }
}

/** Adds, element by element. */
export function addTo(sum: Float32Array, part: Float32Array): void {
  eachPart(sum.length, (from, to) => {
    for (let i = from; i < to; i++) sum[i]! += part[i]!
  })
}
