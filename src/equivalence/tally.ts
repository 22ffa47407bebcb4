import type { Shape } from "../net/index.js"
import type { Certified } from "./certificate.js"
import type { Shared } from "./correspond.js"
import type { Piece } from "./pieces.js"
import { type Place, positionOf } from "./place.js"

/** One shared value: both nets' pieces fed the same bottoms, their difference against the rounding bound. */
export interface Segment {
  readonly blob: string
  readonly layers: { readonly a: readonly string[]; readonly b: readonly string[] }
  readonly status: Certified["entry"]["status"]
  /** Largest difference over all probes. */
  readonly difference: number
  /** Bound where the ratio is largest. */
  readonly bound: number
  /** Largest difference / bound; the segment holds while it is at most 1. */
  readonly ratio: number
  readonly holds: boolean
  /** Where the ratio is largest; absent where nothing differs. */
  readonly worst?: Place
  /** The first place beyond its bound, in the order of probes and memory. */
  readonly first?: Place
}

/** Adds up what the probes say about one shared value. */
export class Tally {
  readonly #piece: Piece
  readonly #target: Shared
  readonly #certified: Certified
  readonly #shape: Shape
  #difference = 0
  #ratio = 0
  #worst: Place | undefined
  #first: Place | undefined

  constructor(piece: Piece, target: Shared, certified: Certified, shape: Shape) {
    this.#piece = piece
    this.#target = target
    this.#certified = certified
    this.#shape = shape
  }

  add(probe: string, x: Float32Array, y: Float32Array, bound: Float64Array): void {
    for (let i = 0; i < x.length; i++) {
      const [p, q] = [x[i]!, y[i]!]
      // Where the yardstick left float32's range, its own order of operations decides what is left: no evidence either way.
      if (p === q || !Number.isFinite(p)) continue
      const gap = Math.abs(p - q)
      const difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
      const within = difference <= bound[i]! && Number.isFinite(difference)
      const ratio = difference / bound[i]!
      const worse = within ? ratio > this.#ratio : !(ratio <= this.#ratio)
      this.#difference = Math.max(this.#difference, difference)
      if (worse) {
        this.#ratio = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
        this.#worst = this.#place(i, probe, p, q, difference, bound[i]!)
      }
      if (!within) this.#first ??= this.#place(i, probe, p, q, difference, bound[i]!)
    }
  }

  segment(): Segment {
    const { layers, status } = this.#certified.entry
    return {
      blob: this.#target.a.blob,
      layers,
      status,
      difference: this.#difference,
      bound: this.#worst?.bound ?? 0,
      ratio: this.#ratio,
      holds: this.#first === undefined,
      ...(this.#worst ? { worst: this.#worst } : {}),
      ...(this.#first ? { first: this.#first } : {}),
    }
  }

  #place(index: number, probe: string, p: number, q: number, difference: number, bound: number): Place {
    const at = positionOf(index, this.#shape)
    return {
      layers: [this.#piece.layersA.at(-1)!.name, this.#piece.layersB.at(-1)!.name],
      blob: this.#target.a.blob,
      index,
      at,
      ...(at.length > 1 ? { channel: at[1]! } : {}),
      probe,
      values: [p, q],
      difference,
      bound,
    }
  }
}
