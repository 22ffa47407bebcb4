import { PrelabError } from "../error.js"
import { ArrayPool, callsOf, type InputShapes, Loan, type NetCalls } from "../layers/index.js"
import { type Blob, count, formatShape, type Layer, type Net, type Value } from "../net/index.js"
import { addTo, ValueDiffs } from "./diffs.js"
import { feed } from "./feed.js"
import { type InPlaceMemory, type Kept, remembers } from "./in-place-memory.js"
import { countUses, LiveValues } from "./live-values.js"
import { lossWeights } from "./loss-weights.js"
import { pacer } from "./pace.js"
import { ownParameters, type Parameter } from "./parameters.js"
import { type Propagation, type PropagationOptions, propagationOf } from "./propagation.js"

/** What one pass gives beside the parameters' diffs. */
export interface Pass {
  /** The sum of all losses, each times its weight: what the diffs are the derivatives of. */
  readonly loss: number
  /**
   * Each loss by itself, without its weight, by the name of its top; of its layer, where the top has none.
   */
  readonly losses: Readonly<Record<string, number>>
  /** The net's output blobs by name. */
  readonly outputs: Readonly<Record<string, Blob>>
  /** Diffs of the inputs by name, where they were asked for and there is a way. */
  readonly inputDiffs: Readonly<Record<string, Blob>>
}

export interface PassOptions {
  /** What Dropout draws its masks from: 1 unless told. */
  readonly seed?: number
}

export interface TrainingOptions extends PropagationOptions {
  /** What PReLUs that run in place read in their backward pass, instead of their bottom. */
  readonly inPlaceMemory?: InPlaceMemory
}

/**
 * A net ready for training, at one input size. It owns copies of the net's parameters, which a solver changes
 * between passes:
 *
 *     const training = new TrainingPass(net, { data: [64, 1, 28, 28], label: [64] })
 *     for (…) {
 *       training.clearDiffs()
 *       const { loss } = await training.run(batch, { seed: iteration })
 *       for (const { data, diff, lrMult, decayMult } of training.parameters) …  // moves data along diff
 *     }
 *     const trained = training.snapshot()
 *
 * The phase is the net's: `loadNet(…, { phase: "TRAIN" })`.
 */
export class TrainingPass {
  /** In the net's order; those that layers share once. */
  readonly parameters: readonly Parameter[]
  /** The net whose layers read those parameters: it changes with them. */
  readonly net: Net
  readonly #calls: NetCalls
  readonly #of: ReadonlyMap<Layer, readonly Parameter[]>
  readonly #propagation: ReadonlyMap<Layer, Propagation>
  readonly #weights: ReadonlyMap<Layer, readonly number[]>
  readonly #uses: ReadonlyMap<Value, number>
  readonly #memory: InPlaceMemory | undefined
  readonly #kept = new Map<Layer, Kept>()
  readonly #arrays = new ArrayPool()

  /**
   * @param shapes of the inputs, in place of those the prototxt states
   * @throws PrelabError when a layer cannot run, or cannot propagate what it would have to
   */
  constructor(net: Net, shapes: InputShapes = {}, options: TrainingOptions = {}) {
    const own = ownParameters(net)
    const { layers } = own.net
    this.net = own.net
    this.parameters = own.parameters
    this.#of = own.of
    this.#memory = options.inPlaceMemory
    this.#calls = callsOf(own.net, shapes)
    const [problem] = this.#calls.problems.values()
    if (problem) throw problem
    this.#propagation = propagationOf(this.#calls, options)
    this.#weights = new Map(
      layers.map((layer) => [layer, lossWeights(layer, this.#callOf(layer).call.tops.length)]),
    )
    // A layer's backward pass reads what its forward pass read and made.
    const backward = [...this.#propagation.keys()].flatMap(({ bottoms, tops }) => [bottoms, tops])
    this.#uses = countUses([...layers.map(({ bottoms }) => bottoms), ...backward])
  }

  /** Whether any top counts in the loss. */
  get hasLoss(): boolean {
    return [...this.#weights.values()].some((weights) => weights.some((weight) => weight !== 0))
  }

  /** Sets the parameters' diffs to zero, which passes add to. */
  clearDiffs(): void {
    for (const { diff } of this.parameters) diff.fill(0)
  }

  /**
   * Does a pass compute the diff of this parameter? It stays zero where its `lr_mult` is 0 or no loss depends
   * on it.
   */
  computes(parameter: Parameter): boolean {
    return [...this.#propagation].some(([layer, { paramPropagateDown }]) =>
      this.#of.get(layer)?.some((own, i) => own === parameter && paramPropagateDown[i]),
    )
  }

  /** The net with copies of the parameters as they are now. */
  snapshot(): Net {
    const copies = new Map(this.parameters.map(({ data }) => [data, data.slice()]))
    return this.net.with(
      this.net.layers.map((layer) => ({
        ...layer,
        blobs: layer.blobs.map(({ shape, data }) => ({ shape, data: copies.get(data)! })),
      })),
    )
  }

  /**
   * One forward and one backward pass. Adds to the parameters' diffs; in phase TRAIN BatchNorm's averages
   * move.
   *
   * @param inputs blobs by input name, of the shapes that the pass was made for
   * @throws PrelabError when an input is missing or has another size
   */
  async run(inputs: Readonly<Record<string, Blob>>, { seed = 1 }: PassOptions = {}): Promise<Pass> {
    const loan = new Loan(this.#arrays)
    const pace = pacer()
    const values = new LiveValues(this.#uses)
    const given = this.#given(inputs)
    const losses: Record<string, number> = {}
    const outputs: Record<string, Blob> = {}
    const isOutput = new Set(this.net.outputs)
    let loss = 0
    for (const layer of this.net.layers) {
      const tops =
        layer.type === "Input"
          ? layer.tops.map((top) => given.get(top)!)
          : this.#forward(layer, values, seed, loan)
      this.#weights.get(layer)!.forEach((weight, i) => {
        if (weight === 0) return
        const sum = tops[i]!.reduce((total, v) => total + v, 0)
        losses[layer.tops[i]?.blob ?? layer.name] = sum
        loss += weight * sum
      })
      layer.tops.forEach((top, i) => {
        values.set(top, tops[i]!)
        if (isOutput.has(top)) outputs[top.blob] = this.#blob(top, tops[i]!)
      })
      values.release(layer.bottoms)
      await pace()
    }
    const diffs = new ValueDiffs()
    for (const layer of [...this.#propagation.keys()]) {
      this.#backward(layer, values, diffs, seed, loan)
      values.release([...layer.bottoms, ...layer.tops])
      await pace()
    }
    const inputDiffs = this.#inputDiffs(diffs)
    loan.giveBack([...Object.values(outputs), ...Object.values(inputDiffs)].map(({ data }) => data))
    return { loss, losses, outputs, inputDiffs }
  }

  #forward(layer: Layer, values: LiveValues, seed: number, loan: Loan): Float32Array[] {
    const { type, call } = this.#callOf(layer)
    const bottoms = layer.bottoms.map((bottom) => values.get(bottom))
    if (this.#memory && remembers(layer)) this.#kept.set(layer, this.#memory.keep(call, bottoms[0]!))
    const tops = loan.during(() => type.forward({ ...call, seed }, bottoms))
    type.blobsAfterForward?.(call, bottoms)?.forEach((blob, i) => {
      call.blobs[i]!.data.set(blob)
    })
    return tops
  }

  #backward(layer: Layer, values: LiveValues, diffs: ValueDiffs, seed: number, loan: Loan): void {
    const { type, call } = this.#callOf(layer)
    const propagation = this.#propagation.get(layer)!
    const weights = this.#weights.get(layer)!
    const topDiffs = call.tops.map((shape, i) => {
      const top = layer.tops[i]
      const own = weights[i] === 0 ? undefined : new Float32Array(count(shape)).fill(weights[i]!)
      if (top && own) diffs.add(top, own)
      return (top ? diffs.take(top) : own) ?? new Float32Array(count(shape))
    })
    const tops = layer.tops.map((top) => values.get(top))
    const kept = this.#kept.get(layer)
    this.#kept.delete(layer)
    const bottoms = kept ? [kept.restore(tops[0]!)] : layer.bottoms.map((bottom) => values.get(bottom))
    const { bottomDiffs, blobDiffs = [] } = loan.during(() =>
      type.backward!({ ...call, seed }, { bottoms, tops, topDiffs, ...propagation }),
    )
    // From the last to the first, as the layers: a layer may read a value twice.
    for (let i = layer.bottoms.length - 1; i >= 0; i--)
      if (propagation.propagateDown[i] && bottomDiffs[i]) diffs.add(layer.bottoms[i]!, bottomDiffs[i]!)
    this.#of.get(layer)?.forEach(({ diff }, i) => {
      if (propagation.paramPropagateDown[i] && blobDiffs[i]) addTo(diff, blobDiffs[i]!)
    })
  }

  #inputDiffs(diffs: ValueDiffs): Record<string, Blob> {
    const reached = new Set(
      [...this.#propagation].flatMap(([{ bottoms }, { propagateDown }]) =>
        bottoms.filter((_, i) => propagateDown[i]),
      ),
    )
    const inputs = this.net.inputs.filter((input) => reached.has(input))
    return Object.fromEntries(
      inputs.map((input) => {
        const length = count(this.#calls.shapes.get(input)!)
        // A sum's bottoms have one and the same diff.
        return [input.blob, this.#blob(input, diffs.take(input)?.slice() ?? new Float32Array(length))]
      }),
    )
  }

  #given(inputs: Readonly<Record<string, Blob>>): Map<Value, Float32Array> {
    const given = feed(this.net, inputs)
    for (const [value, data] of given) {
      const shape = this.#calls.shapes.get(value)!
      if (data.length !== count(shape))
        throw new PrelabError(
          "input has another size",
          `${value.blob}, ${data.length} values for ${formatShape(shape)}`,
        )
    }
    return given
  }

  #callOf(layer: Layer) {
    return this.#calls.calls.get(layer)!
  }

  #blob(value: Value, data: Float32Array): Blob {
    return { shape: this.#calls.shapes.get(value)!, data }
  }
}
