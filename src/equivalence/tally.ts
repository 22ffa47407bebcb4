import { count, type Shape } from "../net/index.js"
import { checkStopNowAndThen } from "../stop.js"
import type { Certified } from "./certificate.js"
import type { Shared } from "./correspond.js"
import type { Piece } from "./pieces.js"
import { type Place, positionOf } from "./place.js"

/** One shared value: both nets' pieces fed the same bottoms, their difference against the rounding bound. */
export interface Segment {
  readonly blob: string
  readonly layers: { readonly a: readonly string[]; readonly b: readonly string[] }
  readonly status: Certified["entry"]["status"]
  /** Difference, bound and their ratio at the place where the ratio is largest over all probes. */
  readonly difference: number
  readonly bound: number
  readonly ratio: number
  /** The largest ratio in every channel (axis 1; one for all where there is none). */
  readonly channels: readonly number[]
  /** Where that is, channel by channel; undefined where nothing differs. */
  readonly places: readonly (Place | undefined)[]
  /** Largest bound relative to the largest value, on the probe where that is least: how small a difference the segment can see. */
  readonly resolution: number
  /** Every difference is within its bound, and where nothing is proved the bound is narrow enough to mean something. */
  readonly holds: boolean
  /** Where the ratio is largest; absent where nothing differs. */
  readonly worst?: Place
  /** The first place beyond its bound, in the order of probes and memory. */
  readonly first?: Place
}

/**
 * A segment that no certificate covers counts only while its bound is below this part of the values: a bound carried through many
 * layers grows beyond them, and then everything is within it.
 */
const TELLING = 0.01

/** What a place is made of, while it may still be overtaken. */
type Found = [index: number, probe: string, p: number, q: number, difference: number, bound: number]

/** Adds up what the probes say about one shared value. */
export class Tally {
  readonly #piece: Piece
  readonly #target: Shared
  readonly #certified: Certified
  readonly #shape: Shape
  readonly #channels: number[]
  readonly #places: (Found | undefined)[]
  /** Values of one channel in one image. */
  readonly #inner: number
  #ratio = 0
  #resolution = Number.POSITIVE_INFINITY
  #worst: Place | undefined
  #first: Place | undefined

  constructor(piece: Piece, target: Shared, certified: Certified, shape: Shape) {
    this.#piece = piece
    this.#target = target
    this.#certified = certified
    this.#shape = shape
    this.#channels = new Array<number>(shape.length > 1 ? shape[1]! : 1).fill(0)
    this.#places = new Array<undefined>(this.#channels.length).fill(undefined)
    this.#inner = shape.length > 1 ? count(shape, 2) : count(shape)
  }

  add(probe: string, x: Float32Array, y: Float32Array, bound: Float64Array): void {
    let largest = 0
    let widest = 0
    for (let i = 0; i < x.length; i++) {
      checkStopNowAndThen(4)
      const [p, q] = [x[i]!, y[i]!]
      // Where the yardstick left float32's range, its own order of operations decides what is left: no evidence either way.
      if (Number.isFinite(p)) {
        largest = Math.max(largest, Math.abs(p))
        widest = Math.max(widest, bound[i]!)
      }
      if (p === q || !Number.isFinite(p)) continue
      const gap = Math.abs(p - q)
      const difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
      const within = difference <= bound[i]! && Number.isFinite(difference)
      const ratio = difference / bound[i]!
      const channel = Math.floor(i / this.#inner) % this.#channels.length
      // Also where a bound of zero makes it no number.
      if (!(ratio <= this.#channels[channel]!)) {
        this.#channels[channel] = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
        this.#places[channel] = [i, probe, p, q, difference, bound[i]!]
      }
      const worse = within ? ratio > this.#ratio : !(ratio <= this.#ratio)
      if (worse) {
        this.#ratio = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio
        this.#worst = this.#place(i, probe, p, q, difference, bound[i]!)
      }
      if (!within) this.#first ??= this.#place(i, probe, p, q, difference, bound[i]!)
    }
    if (largest > 0) this.#resolution = Math.min(this.#resolution, widest / largest)
  }

  segment(): Segment {
    const { layers, status } = this.#certified.entry
    const tells = status !== "measured" || this.#resolution <= TELLING
    return {
      blob: this.#target.a.blob,
      layers,
      status,
      difference: this.#worst?.difference ?? 0,
      bound: this.#worst?.bound ?? 0,
      ratio: this.#ratio,
      channels: this.#channels,
      places: this.#places.map((found) => found && this.#place(...found)),
      resolution: this.#resolution,
      holds: this.#first === undefined && tells,
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
