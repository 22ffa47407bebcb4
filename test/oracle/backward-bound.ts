import { lossWeights } from "../../src/engines/loss-weights.js"
import { type Propagation, propagationOf } from "../../src/engines/propagation.js"
import { ETA, gamma } from "../../src/layers/rounding.js"
import { count, type Layer, type Value } from "../../src/net/index.js"
import { type Bounded, type Loaded, runBounded } from "./run-case.js"

/** Roundings of one element that are no sum: products, quotients, a library's function, the store. */
const OWN_ROUNDINGS = 16

/**
 * How many times its error a value is moved to see the slope: far enough that the results' own rounding is
 * small beside it.
 */
const FAR = 2 ** 10

interface Sum {
  readonly data: Float64Array
  readonly bound: Float64Array
}

export interface BoundedDiffs {
  readonly of: ReadonlyMap<Value, Sum>
  /** By layer name and blob index; layers that share a parameter have one sum. */
  readonly blobs: ReadonlyMap<Float32Array, Sum>
}

/**
 * The backward pass of a case with a bound for every diff. A layer's backward pass is linear in the diffs of
 * its tops; probed with one unit after the other it gives its matrix J, and with that the sums of absolute
 * values that bounds are made of:
 *
 *     |J|^T e      what errors e of the tops' diffs d become,
 *     gamma |J|^T |d|   what sums of so many terms lose in any order,
 *
 * to which comes what J itself moves by when each value that it is made of, bottoms and tops, moves by its
 * own running bound: the pass is run again with one value moved after the other, so jumps at kinks count in
 * full.
 */
export function boundDiffs(loaded: Loaded): BoundedDiffs {
  const { calls } = loaded
  const values = runBounded(loaded)
  const of = new Map<Value, Sum>()
  const blobs = new Map<Float32Array, Sum>()
  for (const [layer, propagation] of propagationOf(calls)) {
    const probe = new Probe(loaded, layer, propagation, values, of)
    layer.bottoms.forEach((bottom, i) => {
      if (propagation.propagateDown[i]) addTo(of, bottom, probe.results[i]!)
    })
    layer.blobs.forEach(({ data }, i) => {
      const result = probe.results[layer.bottoms.length + i]
      if (propagation.paramPropagateDown[i] && result) addTo(blobs, data, result)
    })
  }
  return { of, blobs }
}

class Probe {
  readonly results: readonly (Sum | undefined)[]
  readonly #run: (
    values: readonly Float32Array[],
    diffs: readonly Float32Array[],
  ) => (Float32Array | undefined)[]

  constructor(
    { calls }: Loaded,
    layer: Layer,
    propagation: Propagation,
    values: ReadonlyMap<Value, Bounded>,
    of: ReadonlyMap<Value, Sum>,
  ) {
    const { type, call } = calls.calls.get(layer)!
    const weights = lossWeights(layer, call.tops.length)
    const topDiffs = call.tops.map((shape, i) => topDiff(count(shape), weights[i]!, of.get(layer.tops[i]!)))
    const read = [...layer.bottoms, ...layer.tops].map((value) => values.get(value)!)
    const data = read.map((value) => value.data)
    this.#run = (moved, diffs) => {
      const bottoms = moved.slice(0, layer.bottoms.length)
      const tops = moved.slice(layer.bottoms.length)
      const { bottomDiffs, blobDiffs = [] } = type.backward!(call, {
        bottoms,
        tops,
        topDiffs: diffs,
        ...propagation,
      })
      const all = [...layer.bottoms.map((_, i) => bottomDiffs[i]), ...layer.blobs.map((_, i) => blobDiffs[i])]
      return all.map((diff) => diff?.slice())
    }
    const nominal = this.#run(
      data,
      topDiffs.map(({ data }) => Float32Array.from(data)),
    )
    const results = nominal.map(
      (diff) => diff && { data: Float64Array.from(diff), bound: new Float64Array(diff.length).fill(ETA) },
    )
    this.#addLinear(data, topDiffs, results)
    this.#addMoved(data, read, topDiffs, nominal, results)
    this.results = results
  }

  #addLinear(data: Float32Array[], topDiffs: Sum[], results: (Sum | undefined)[]): void {
    const sizes = results.map((result) => result && new Float64Array(result.data.length))
    const terms = results.map((result) => result && new Float64Array(result.data.length))
    topDiffs.forEach((diff, top) => {
      diff.data.forEach((d, i) => {
        const units = topDiffs.map(({ data: all }) => new Float32Array(all.length))
        units[top]![i] = 1
        this.#run(data, units).forEach((column, r) => {
          column?.forEach((slope, k) => {
            if (slope === 0) return
            sizes[r]![k]! += Math.abs(slope * d)
            results[r]!.bound[k]! += Math.abs(slope) * diff.bound[i]!
            terms[r]![k]!++
          })
        })
      })
    })
    results.forEach((result, r) => {
      result?.bound.forEach((_, k) => {
        result.bound[k]! += gamma(terms[r]![k]! + OWN_ROUNDINGS) * (sizes[r]![k]! + result.bound[k]!)
      })
    })
  }

  #addMoved(
    data: readonly Float32Array[],
    read: readonly Bounded[],
    topDiffs: readonly Sum[],
    nominal: readonly (Float32Array | undefined)[],
    results: readonly (Sum | undefined)[],
  ): void {
    const diffs = topDiffs.map(({ data: all }) => Float32Array.from(all))
    read.forEach(({ bound }, which) => {
      bound.forEach((error, j) => {
        if (error === 0) return
        const most = results.map((result) => result && new Float64Array(result.data.length))
        for (const far of [1, FAR]) {
          for (const sign of [1, -1]) {
            const moved = [...data]
            moved[which] = data[which]!.slice()
            moved[which]![j]! += sign * far * error
            this.#run(moved, diffs).forEach((diff, r) => {
              diff?.forEach((d, k) => {
                most[r]![k] = Math.max(most[r]![k]!, Math.abs(d - nominal[r]![k]!) / far)
              })
            })
          }
        }
        results.forEach((result, r) => {
          result?.bound.forEach((_, k) => {
            result.bound[k]! += most[r]![k]!
          })
        })
      })
    })
  }
}

/** The diff of a top: its weight in the loss and what its readers gave. */
function topDiff(length: number, weight: number, sum: Sum | undefined): Sum {
  const data = new Float64Array(length).fill(weight)
  const bound = new Float64Array(length)
  sum?.data.forEach((d, i) => {
    data[i]! += d
    bound[i] = sum.bound[i]! + gamma(4) * Math.abs(d)
  })
  return { data, bound }
}

function addTo<K>(sums: Map<K, Sum>, key: K, part: Sum | undefined): void {
  if (part === undefined) return
  const sum = sums.get(key)
  if (sum === undefined) sums.set(key, part)
  else {
    part.data.forEach((d, i) => {
      sum.data[i]! += d
      sum.bound[i]! += part.bound[i]! + gamma(1) * (Math.abs(d) + Math.abs(sum.data[i]!))
    })
  }
}
