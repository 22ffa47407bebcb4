import type { NetCalls } from "../layers/index.js"
import type { Layer, Value } from "../net/index.js"

/** Data of one value, and how far it may be from the exact result. */
export interface Bounded {
  readonly data: Float32Array
  readonly error: Float64Array
}

/** Changes the tops of a layer after it ran. */
export type Touch = (tops: Float32Array[], layer: Layer) => Float32Array[]

/**
 * The reference forward pass through some layers of a net, from given values on; a value is dropped after its last reader among
 * these layers unless it is wanted.
 */
export function evaluate(
  { calls }: NetCalls,
  layers: readonly Layer[],
  given: ReadonlyMap<Value, Float32Array>,
  wanted: readonly Value[],
  touch: Touch = (tops) => tops,
): Map<Value, Float32Array> {
  const store = new Store(layers, given, wanted)
  for (const layer of layers) {
    const { type, call } = calls.get(layer)!
    const tops = touch(
      type.forward(
        call,
        layer.bottoms.map((bottom) => store.get(bottom)),
      ),
      layer,
    )
    store.add(layer, tops)
  }
  return store.result()
}

/** The bound of one layer's tops, given its bottoms, its tops and the bottoms' errors: `LayerType.bound`, or more. */
export type Bound = (
  layer: Layer,
  bottoms: readonly Float32Array[],
  tops: readonly Float32Array[],
  errors: readonly Float64Array[],
) => Float64Array[]

/** The same with the running rounding bound of every value; the given values are exact. */
export function evaluateBounded(
  { calls }: NetCalls,
  layers: readonly Layer[],
  given: ReadonlyMap<Value, Float32Array>,
  wanted: readonly Value[],
  bound: Bound,
): Map<Value, Bounded> {
  const exact = new Map(
    [...given].map(([value, data]) => [value, { data, error: new Float64Array(data.length) }]),
  )
  const store = new Store<Bounded>(layers, exact, wanted)
  for (const layer of layers) {
    const { type, call } = calls.get(layer)!
    const bottoms = layer.bottoms.map((bottom) => store.get(bottom))
    const data = bottoms.map((bottom) => bottom.data)
    const tops = type.forward(call, data)
    const errors = bound(
      layer,
      data,
      tops,
      bottoms.map(({ error }) => error),
    )
    store.add(
      layer,
      tops.map((top, i) => ({ data: top, error: errors[i]! })),
    )
  }
  return store.result()
}

/** Values with their remaining readers. */
class Store<T> {
  readonly #held: Map<Value, T>
  readonly #uses = new Map<Value, number>()
  readonly #wanted: readonly Value[]

  constructor(layers: readonly Layer[], given: ReadonlyMap<Value, T>, wanted: readonly Value[]) {
    this.#held = new Map(given)
    this.#wanted = wanted
    for (const value of [...layers.flatMap(({ bottoms }) => bottoms), ...wanted]) {
      this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1)
    }
  }

  get(value: Value): T {
    const held = this.#held.get(value)
    if (held === undefined) throw new RangeError(`value ${value.blob} is not there`)
    return held
  }

  add({ bottoms, tops }: Layer, results: readonly T[]): void {
    tops.forEach((top, i) => {
      if (this.#uses.has(top)) this.#held.set(top, results[i]!)
    })
    for (const bottom of bottoms) {
      const left = this.#uses.get(bottom)! - 1
      this.#uses.set(bottom, left)
      if (left === 0) this.#held.delete(bottom)
    }
  }

  result(): Map<Value, T> {
    return new Map(this.#wanted.map((value) => [value, this.get(value)]))
  }
}
