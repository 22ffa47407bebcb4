import { PrelabError } from "../error.js"
import { callsOf } from "../layers/index.js"
import { type Blob, count, formatShape, type Net, type Shape, type Value } from "../net/index.js"

/** Arrays whose first axis counts the items: images and, where the net reads them, their labels. */
export interface Items {
  readonly data: Blob
  readonly labels?: Blob | undefined
}

/**
 * The items `from` (0 is the first) up to but without `to`, as the inputs of a net that calls them `data` and `label`:
 *
 * ```ts
 * const mnist = await loadMnist()
 * await forward(net, batch(mnist, 0, 64))
 * ```
 *
 * The arrays are views: what is written into them is written into the items.
 *
 * @throws PrelabError when there are no such items, or not one label for each
 */
export function batch(
  { data, labels }: Items,
  from = 0,
  to = data.shape[0] ?? 0,
): { data: Blob; label: Blob } | { data: Blob } {
  const total = data.shape[0] ?? 0
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= total))
    throw new PrelabError("no such items", `${from} to ${to} of ${total}`)
  if (labels && labels.shape[0] !== total)
    throw new PrelabError("not one label per item", `${labels.shape[0]} for ${total}`)
  const slice = ({ shape, data: values }: Blob): Blob => ({
    shape: [to - from, ...shape.slice(1)],
    data: values.subarray(from * count(shape, 1), to * count(shape, 1)),
  })
  return labels ? { data: slice(data), label: slice(labels) } : { data: slice(data) }
}

/** Batches of stored items in their order, beginning again where they end. */
export class Batches {
  /** Items in a batch. */
  readonly size: number
  /** How many batches hold every item once. */
  readonly perRound: number
  readonly #inputs: readonly { readonly value: Value; readonly shape: Shape; readonly from: Blob }[]
  readonly #total: number

  /**
   * @param net its inputs state the size of a batch. The one called "label", else the second, gets the labels
   * @throws PrelabError when arrays and inputs do not fit
   */
  constructor(net: Net, items: Items) {
    const { shapes } = callsOf(net, {}, { weights: "later" })
    this.#inputs = net.inputs.map((value, i) => {
      const labelled = net.inputs.some(({ blob }) => blob === "label") ? value.blob === "label" : i === 1
      const from = labelled ? items.labels : items.data
      if (from === undefined) throw new PrelabError("labels not given", value.blob)
      const shape = shapes.get(value)
      if (shape === undefined) throw new PrelabError("input without a shape", value.blob)
      if (count(shape, 1) !== count(from.shape, 1))
        throw new PrelabError(
          "data does not fit the net",
          `${value.blob} is ${formatShape(shape)}, the array ${formatShape(from.shape)}`,
        )
      return { value, shape, from }
    })
    const [first] = this.#inputs
    if (first === undefined) throw new PrelabError("net without inputs", net.name || "net")
    this.size = first.shape[0]!
    this.#total = first.from.shape[0] ?? 0
    const other = this.#inputs.find(({ from }) => from.shape[0] !== this.#total)
    if (other)
      throw new PrelabError(
        "not one label per item",
        `${other.from.shape[0]} of ${other.value.blob} for ${this.#total} of ${first.value.blob}`,
      )
    const odd = this.#inputs.find(({ shape }) => shape[0] !== this.size)
    if (odd)
      throw new PrelabError(
        "batch sizes differ",
        `${odd.shape[0]} of ${odd.value.blob}, ${this.size} of ${first.value.blob}`,
      )
    if (this.#total === 0) throw new PrelabError("no items", formatShape(first.from.shape))
    this.perRound = Math.ceil(this.#total / this.size)
  }

  /** The inputs of the n-th batch. */
  at(n: number): Record<string, Blob> {
    return Object.fromEntries(
      this.#inputs.map(({ value, shape, from }) => [
        value.blob,
        {
          shape,
          data: rows(from.data, count(shape, 1), this.#total, (n * this.size) % this.#total, this.size),
        },
      ]),
    )
  }
}

/** `size` rows from row `start` on: a view where they lie in one piece, a copy where they go round. */
function rows(data: Float32Array, row: number, total: number, start: number, size: number): Float32Array {
  if (start + size <= total) return data.subarray(start * row, (start + size) * row)
  const taken = new Float32Array(size * row)
  for (let i = 0; i < size; ) {
    const from = (start + i) % total
    const n = Math.min(size - i, total - from)
    taken.set(data.subarray(from * row, (from + n) * row), i * row)
    i += n
  }
  return taken
}
