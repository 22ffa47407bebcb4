import type { NetCalls } from "../layers/index.js"
import type { Value } from "../net/index.js"
import { sharersOf } from "../transforms/shared-weights.js"
import type { Alignment, Pair } from "./align.js"
import { type Block, endOf, type Position, positionsOf } from "./blocks.js"
import type { Target } from "./formula.js"
import { linearOf } from "./linear.js"
import { type Maps, mapsOf, stepsIn } from "./maps.js"
import type { Step } from "./steps.js"

/** Both nets laid side by side: who stands in whose place, and what became of the maps. */
export class Case {
  readonly a: NetCalls
  readonly b: NetCalls
  readonly alignment: Alignment
  readonly maps: ReadonlyMap<Pair, Maps>
  readonly positionsA: ReadonlyMap<Value, Position>
  readonly positionsB: ReadonlyMap<Value, Position>
  readonly #pairs: ReadonlyMap<Block, Pair>

  constructor(
    a: NetCalls,
    b: NetCalls,
    blocksA: readonly Block[],
    blocksB: readonly Block[],
    alignment: Alignment,
  ) {
    this.a = a
    this.b = b
    this.alignment = alignment
    this.maps = new Map(alignment.pairs.map((pair) => [pair, mapsOf(pair)]))
    this.positionsA = positionsOf(blocksA)
    this.positionsB = positionsOf(blocksB)
    this.#pairs = new Map(
      alignment.pairs.flatMap((pair) => [
        [pair.a, pair],
        [pair.b, pair],
      ]),
    )
  }

  pairOf(block: Block): Pair | undefined {
    return this.#pairs.get(block)
  }

  /** The pair whose block makes this value of net a. */
  makerOf(value: Value): Pair | undefined {
    const position = this.positionsA.get(value)
    return position && this.pairOf(position.block)
  }

  /** Pairs whose block of net a reads the end of this one. */
  readersOf({ a }: Pair): Pair[] {
    const end = endOf(a)
    return this.alignment.pairs.filter((pair) => end !== undefined && pair.a.bottoms.includes(end))
  }

  /**
   * A linear layer of the merged net as made from the original's, with these maps in front and behind.
   *
   * @param steps default: the maps behind it that are gone
   */
  target(
    { a, b }: Pair,
    { before = [], steps }: { before?: readonly Step[]; steps?: readonly Step[] } = {},
  ): Target | undefined {
    const maps = this.maps.get(this.pairOf(a)!)!
    const from = linearOf(a.anchor, this.a.shapes.get(a.anchor.bottoms[0]!))
    const to = linearOf(b.anchor, this.b.shapes.get(b.anchor.bottoms[0]!))
    if (!from || !to) return undefined
    const others = sharersOf(this.a.net).get(a.anchor) ?? []
    const blocks = this.alignment.pairs.filter(
      ({ a: { anchor } }) => anchor === a.anchor || others.includes(anchor),
    )
    const all = blocks.flatMap((pair) => stepsIn(this.maps.get(pair)!.lost))
    const own = steps ?? stepsIn(maps.lost)
    if ([...before, ...own].some((step) => !covers(step, before.includes(step) ? undefined : from.outputs)))
      return undefined
    return { from, to, before, steps: own, sharers: blocks.length > 1 ? all : [] }
  }
}

function covers(step: Step, channels: number | undefined): boolean {
  return channels === undefined || (step.kind === "norm" ? step.mean : step.gain).length === channels
}
