import type { EquivalenceMapState, MapCell, MapSegment } from "../../src/widgets/equivalence-map-state.js"
import type { Model as ModelOf } from "../shared/model.js"

export type Model = ModelOf<EquivalenceMapState>

/** A segment with its ratios as numbers. */
export interface Column extends MapSegment {
  readonly ratios: Float64Array
}

/** Binary values come as views on bytes. */
export function columnsOf(segments: readonly MapSegment[]): Column[] {
  return segments.map((segment) => {
    const { buffer, byteOffset, byteLength } = segment.channels
    return { ...segment, ratios: new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)) }
  })
}

/** The worst channel of a stretch of channels. */
export function worstOf(ratios: Float64Array, from = 0, to = ratios.length): number {
  let worst = from
  for (let c = from; c < to; c++) if (ratios[c]! > ratios[worst]!) worst = c
  return worst
}

/** The worst cell of all. */
export function worstCell(columns: readonly Column[]): MapCell {
  const worst = columns.map(({ ratios }) => ratios[worstOf(ratios)] ?? 0)
  const segment = Math.max(0, worst.indexOf(Math.max(...worst)))
  return { segment, channel: columns[segment] ? worstOf(columns[segment].ratios) : 0 }
}

export function verdict({ holds, ratios }: Column): readonly [sign: string, word: string] {
  // A bound that is wider than the values would let everything pass.
  if (!holds)
    return ratios.some((ratio) => ratio > 1)
      ? ["✗", "beyond the bound"]
      : ["?", "undecided, the bound is too wide"]
  return ratios.every((ratio) => ratio === 0) ? ["=", "exactly equal"] : ["✓", "within the bound"]
}
