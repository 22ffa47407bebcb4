import { callsOf } from "../layers/index.js"
import { type Blob, count, type Layer, type Net, type Value } from "../net/index.js"

/** A value's data, and a number that changes with it. */
interface Stored {
  readonly data: Float32Array
  readonly version: number
}

/** What a layer's stored tops were computed from. */
interface Made {
  readonly layer: Layer
  readonly bottoms: readonly number[]
}

/** How long a pass may run before it lets messages through, in milliseconds. */
const slice = 8

/**
 * The reference engine with a memory: it keeps every value of a net, and after an edit runs only the layers
 * that the edit reaches. An edited net is one whose unchanged layers, and all values, are the same objects.
 */
export class Replay {
  readonly #values = new Map<Value, Stored>()
  readonly #made = new Map<number, Made>()
  #versions = 0

  /** Gives the net's inputs new data. */
  feed(net: Net, inputs: Readonly<Record<string, Blob>>): void {
    for (const value of net.inputs) {
      const blob = inputs[value.blob]
      if (blob) this.#values.set(value, { data: blob.data, version: ++this.#versions })
    }
  }

  get(value: Value): Float32Array | undefined {
    return this.#values.get(value)?.data
  }

  /**
   * Brings every value up to date. Layers that cannot run are passed over: their tops have no data.
   *
   * @param shapes of the inputs by name
   * @param stale asked now and then: true gives up, and what is computed already is kept
   * @returns false when it gave up
   */
  async run(
    net: Net,
    shapes: Readonly<Record<string, Blob["shape"]>>,
    stale: () => boolean,
  ): Promise<boolean> {
    const { calls, problems } = callsOf(net, shapes)
    let since = performance.now()
    for (const [index, layer] of net.layers.entries()) {
      if (layer.type === "Input" || problems.has(layer)) continue
      const bottoms = layer.bottoms.map((bottom) => this.#values.get(bottom))
      if (bottoms.includes(undefined) || this.#isCurrent(index, layer, bottoms as Stored[])) continue
      const { type, call } = calls.get(layer)!
      const tops = type.forward(
        call,
        (bottoms as Stored[]).map(({ data }) => data),
      )
      layer.tops.forEach((top, i) => {
        this.#values.set(top, { data: tops[i]!, version: ++this.#versions })
      })
      this.#made.set(index, { layer, bottoms: (bottoms as Stored[]).map(({ version }) => version) })
      if (performance.now() - since < slice) continue
      await new Promise(setImmediate)
      if (stale()) return false
      since = performance.now()
    }
    return true
  }

  #isCurrent(index: number, layer: Layer, bottoms: readonly Stored[]): boolean {
    const made = this.#made.get(index)
    return made?.layer === layer && bottoms.every(({ version }, i) => version === made.bottoms[i])
  }
}

/** One item of a batch, as a batch of one. */
export function itemOf({ shape, data }: Blob, item: number): Blob {
  const size = count(shape, 1)
  return { shape: [1, ...shape.slice(1)], data: data.subarray(item * size, (item + 1) * size) }
}
