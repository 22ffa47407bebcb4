import type { NetCalls } from "../layers/index.js"
import { mapped } from "../layers/parts.js"
import type { Value } from "../net/index.js"
import type { Certified } from "./certificate.js"
import type { Shared } from "./correspond.js"
import { EnginePiece, type Sides } from "./engine-piece.js"
import { type Bounded, evaluate, evaluateBounded } from "./evaluate.js"
import { pieceBound } from "./piece-bound.js"
import type { Piece } from "./pieces.js"
import { thinned } from "./probes.js"
import { type Segment, Tally } from "./tally.js"

/** Data of net a's inputs on one probe. */
export interface Feed {
  readonly probe: string
  readonly given: ReadonlyMap<Value, Float32Array>
}

/** One number in so many survives in the extra bottoms of a piece that no certificate covers. */
const THINNING = [16, 256]

/**
 * The second leg: runs the pieces of both nets in order, each on the bottoms that net a really had there. The
 * reference engine gives those bottoms and the yardstick; other engines run the pieces beside it. Values go
 * as soon as no later piece reads them.
 */
export class SegmentWalk {
  readonly #a: NetCalls
  readonly #b: NetCalls
  readonly #probes: readonly string[]
  readonly #sides: Sides
  /** Net a's values, one array per probe, and how many pieces still read them. */
  readonly #stored = new Map<Value, readonly Float32Array[]>()
  readonly #uses = new Map<Value, number>()

  constructor(a: NetCalls, b: NetCalls, pieces: readonly Piece[], feeds: readonly Feed[], sides: Sides) {
    this.#a = a
    this.#b = b
    this.#sides = sides
    this.#probes = feeds.map(({ probe }) => probe)
    const count = (value: Value) => void this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1)
    for (const { bottoms } of pieces) for (const pair of bottoms) count(pair.a)
    a.net.outputs.forEach(count)
    for (const value of a.net.inputs)
      this.#stored.set(
        value,
        feeds.map(({ given }) => given.get(value)!),
      )
  }

  /** An output of net a on every probe, once all pieces have run. */
  output(value: Value): readonly Float32Array[] {
    return this.#stored.get(value)!
  }

  async compare(piece: Piece, certified: Certified): Promise<Segment[]> {
    const { bottoms, targets } = piece
    const tallies = targets.map(
      (target) => new Tally(piece, target, certified, this.#a.shapes.get(target.a)!),
    )
    const results = targets.map((): Float32Array[] => [])
    const identical = certified.entry.status === "identical"
    const onEngines = await EnginePiece.compile(this.#sides, this.#a, this.#b, piece, identical)
    const { apart } = this.#sides
    try {
      for (const { probe, given, real } of this.#feeds(piece, certified)) {
        const { a, b } = this.#run(piece, certified, given, onEngines.ran)
        const engine = await onEngines.run(given)
        targets.forEach((target, t) => {
          const [x, y] = [a.get(target.a)!, b.get(target.b)!]
          const bound = mapped(x.error, (error, i) => error + y.error[i]!)
          const [mine, theirs] = [engine.a?.[t] ?? x.data, engine.b?.[t] ?? y.data]
          tallies[t]!.add(probe, apart ? mine : x.data, theirs, bound)
          if (engine.a && !apart) tallies[t]!.add(probe, x.data, mine, twice(x.error))
          if (real) results[t]!.push(x.data)
        })
      }
    } finally {
      await onEngines.dispose()
    }
    targets.forEach((target, t) => {
      if (this.#uses.has(target.a)) this.#stored.set(target.a, results[t]!)
    })
    for (const bottom of bottoms) this.#release(bottom.a)
    return tallies.map((tally) => tally.segment())
  }

  /**
   * Every probe's stored bottoms; for a piece that nothing proves also thinned copies, which show single
   * parameters.
   */
  *#feeds({ bottoms }: Piece, { entry }: Certified): Generator<Feed & { real: boolean }> {
    const at = (p: number) => bottoms.map(({ a }): [Value, Float32Array] => [a, this.#stored.get(a)![p]!])
    for (const [p, probe] of this.#probes.entries()) yield { probe, given: new Map(at(p)), real: true }
    if (entry.status !== "measured") return
    for (const every of THINNING) {
      for (const [p, probe] of this.#probes.entries()) {
        const given = new Map(at(p).map(([value, data]) => [value, thinned(data, every, p)]))
        yield { probe: `${probe}, one in ${every}`, given, real: false }
      }
    }
  }

  #run(
    { bottoms, targets, layersA, layersB }: Piece,
    { stored, entry }: Certified,
    given: Feed["given"],
    ran: EnginePiece["ran"],
  ) {
    // Net a stands in for both where one run says all.
    const { a: ranA = this.#sides.apart ? undefined : ran.b, b: ranB } = ran
    const wantedA = targets.map((target) => target.a)
    const boundA = pieceBound(this.#a, stored?.side === "a" ? stored : undefined, ranA)
    const a = evaluateBounded(this.#a, layersA, given, wantedA, boundA)
    const givenB = new Map(bottoms.map((bottom) => [bottom.b, given.get(bottom.a)!]))
    const wantedB = targets.map((target) => target.b)
    if (entry.status !== "identical" || ranA?.engine !== ranB?.engine || ranA?.backend !== ranB?.backend) {
      const boundB = pieceBound(this.#b, stored?.side === "b" ? stored : undefined, ranB)
      return { a, b: evaluateBounded(this.#b, layersB, givenB, wantedB, boundB) }
    }
    // The same layers on the same bottoms have the same bounds; side b runs on the engine under test, or
    // here.
    const again = this.#sides.b ? undefined : evaluate(this.#b, layersB, givenB, wantedB)
    const sameBound = ({ a: x, b: y }: Shared): [Value, Bounded] => {
      const { data, error } = a.get(x)!
      return [y, { data: again?.get(y) ?? data, error }]
    }
    return { a, b: new Map(targets.map(sameBound)) }
  }

  #release(value: Value): void {
    const left = this.#uses.get(value)! - 1
    this.#uses.set(value, left)
    if (left === 0) this.#stored.delete(value)
  }
}

function twice(error: Float64Array): Float64Array {
  return mapped(error, (each) => 2 * each)
}
