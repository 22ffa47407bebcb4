import type { Value } from "../net/index.js"

/**
 * The values of a pass that are still to be read: each goes after its last use, so memory follows the widest
 * point of the net.
 */
export class LiveValues {
  readonly #data = new Map<Value, Float32Array>()
  readonly #left: Map<Value, number>

  /** @param uses how often each value will be read */
  constructor(uses: ReadonlyMap<Value, number>) {
    this.#left = new Map(uses)
  }

  set(value: Value, data: Float32Array): void {
    if (this.#left.has(value)) this.#data.set(value, data)
  }

  get(value: Value): Float32Array {
    return this.#data.get(value)!
  }

  /** Counts one use of each. */
  release(values: readonly Value[]): void {
    for (const value of values) {
      const left = this.#left.get(value)! - 1
      this.#left.set(value, left)
      if (left === 0) this.#data.delete(value)
    }
  }
}

/** The uses of values, one for each time that a list has them. */
export function countUses(lists: Iterable<readonly Value[]>): Map<Value, number> {
  const uses = new Map<Value, number>()
  for (const values of lists) for (const value of values) uses.set(value, (uses.get(value) ?? 0) + 1)
  return uses
}
