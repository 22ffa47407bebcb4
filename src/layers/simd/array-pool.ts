/** Bytes of arrays that wait for their next use, at most; more go. */
const MOST = 2 ** 28

let current: Loan | undefined

/** An array for results, with whatever stands there: a used one where there is one. */
export function arrayFor(length: number): Float32Array {
  return current?.take(length) ?? new Float32Array(length)
}

/** The arrays of a pass, for the next one: to make them anew, and to collect them, costs as much as some layers. */
export class ArrayPool {
  readonly #spare = new Map<number, Float32Array[]>()
  #bytes = 0

  take(length: number): Float32Array {
    const spare = this.#spare.get(length)?.pop()
    if (spare) this.#bytes -= spare.byteLength
    return spare ?? new Float32Array(length)
  }

  put(array: Float32Array): void {
    if (this.#bytes + array.byteLength > MOST) return
    this.#bytes += array.byteLength
    const spare = this.#spare.get(array.length)
    if (spare) spare.push(array)
    else this.#spare.set(array.length, [array])
  }
}

/**
 * What one pass has of a pool:
 *
 *     loan.during(() => layer.forward(…))   // results come from the pool
 *     loan.giveBack(outputs)                // the pass is over: all but these may be used again
 *
 * A pass that does not come to its end gives nothing back, and its arrays are collected.
 */
export class Loan {
  readonly #pool: ArrayPool
  readonly #taken: Float32Array[] = []

  constructor(pool: ArrayPool) {
    this.#pool = pool
  }

  take(length: number): Float32Array {
    const taken = this.#pool.take(length)
    this.#taken.push(taken)
    return taken
  }

  /** Whatever is computed in a function takes its arrays from here. */
  during<Result>(compute: () => Result): Result {
    const before = current
    current = this
    try {
      return compute()
    } finally {
      current = before
    }
  }

  /** All but those that share their memory with one of these. */
  giveBack(except: readonly Float32Array[]): void {
    const kept = new Set(except.map(({ buffer }) => buffer))
    for (const array of this.#taken.splice(0)) if (!kept.has(array.buffer)) this.#pool.put(array)
  }
}
