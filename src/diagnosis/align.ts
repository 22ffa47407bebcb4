import type { NetCalls } from "../layers/index.js"
import { sameShape } from "../net/index.js"
import type { Block } from "./blocks.js"

/** A block of the original and the one of the merged net in its place. */
export interface Pair {
  readonly a: Block
  readonly b: Block
}

export interface Alignment {
  readonly pairs: readonly Pair[]
  readonly onlyA: readonly Block[]
  readonly onlyB: readonly Block[]
}

const GAP = 1

/**
 * Pairs the blocks of two nets without regard to names where names are gone: the cheapest alignment of the two running orders
 * (Needleman and Wunsch 1970). Blocks of one kind pair; another name and another shape cost something, a block left out costs more.
 */
export function align(a: NetCalls, b: NetCalls, left: readonly Block[], right: readonly Block[]): Alignment {
  const [rows, columns] = [left.length + 1, right.length + 1]
  const cost = new Float64Array(rows * columns)
  const at = (i: number, j: number) => i * columns + j
  const together = (i: number, j: number) =>
    cost[at(i - 1, j - 1)]! + distance(a, b, left[i - 1]!, right[j - 1]!)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (i === 0 || j === 0) cost[at(i, j)] = (i + j) * GAP
      else cost[at(i, j)] = Math.min(together(i, j), cost[at(i - 1, j)]! + GAP, cost[at(i, j - 1)]! + GAP)
    }
  }
  const [pairs, onlyA, onlyB]: [Pair[], Block[], Block[]] = [[], [], []]
  for (let [i, j] = [left.length, right.length]; i > 0 || j > 0; ) {
    if (i > 0 && j > 0 && cost[at(i, j)] === together(i, j)) pairs.push({ a: left[--i]!, b: right[--j]! })
    else if (i > 0 && cost[at(i, j)] === cost[at(i - 1, j)]! + GAP) onlyA.push(left[--i]!)
    else onlyB.push(right[--j]!)
  }
  return { pairs: pairs.reverse(), onlyA: onlyA.reverse(), onlyB: onlyB.reverse() }
}

function distance(a: NetCalls, b: NetCalls, x: Block, y: Block): number {
  if (x.kind !== y.kind) return Number.POSITIVE_INFINITY
  const renamed = x.anchor.name === y.anchor.name ? 0 : 0.3
  const [mine, theirs] = [x.raw && a.shapes.get(x.raw), y.raw && b.shapes.get(y.raw)]
  const reshaped = mine && theirs && !sameShape(mine, theirs) ? 0.8 : 0
  const [weight, other] = [x.anchor.blobs[0], y.anchor.blobs[0]]
  const refitted = x.rays || (weight?.data.length ?? 0) === (other?.data.length ?? 0) ? 0 : 0.8
  return renamed + reshaped + refitted
}
