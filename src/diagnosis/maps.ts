import { geometryOf, sameBlobs } from "../equivalence/same-layer.js"
import type { Layer } from "../net/index.js"
import type { Pair } from "./align.js"
import type { After } from "./blocks.js"
import { isUnit, type Step } from "./steps.js"

/** What became of the per-channel maps behind a layer. */
export interface Maps {
  /** Maps of both nets that stayed as they were. */
  readonly kept: ReadonlyMap<After, After>
  /** Maps that stayed with other numbers or settings. */
  readonly changed: readonly (readonly [a: After, b: After])[]
  /** The original's that are gone and stood before any that stayed: what a fold takes in. */
  readonly lost: readonly After[]
  /** The original's that are gone behind one that stayed. */
  readonly late: readonly After[]
  /** The merged net's that are not the original's. */
  readonly extra: readonly After[]
}

/** Pairs the maps of two blocks, in order: a map stayed if it has the same type, settings and numbers. */
export function mapsOf({ a, b }: Pair): Maps {
  const kept = new Map<After, After>()
  let from = 0
  for (const after of b.after) {
    const at = a.after.findIndex((own, i) => i >= from && isSame(own.layer, after.layer))
    if (at < 0) continue
    kept.set(a.after[at]!, after)
    from = at + 1
  }
  const stayed = new Set(kept.values())
  const gone = a.after.filter((own) => !kept.has(own))
  const extra = b.after.filter((after) => !stayed.has(after))
  const types = (maps: readonly After[]) => maps.map(({ layer }) => layer.type).join()
  // A unit map is what a script leaves behind, not one whose numbers it changed.
  if (gone.length > 0 && types(gone) === types(extra) && extra.some(({ steps }) => !steps.every(isUnit))) {
    const changed = gone.map((own, i): [After, After] => [own, extra[i]!])
    return { kept, changed, lost: [], late: [], extra: [] }
  }
  const first = a.after.findIndex((own) => kept.has(own))
  const isBefore = (own: After) => first < 0 || a.after.indexOf(own) < first
  return {
    kept,
    changed: [],
    lost: gone.filter(isBefore),
    late: gone.filter((own) => !isBefore(own)),
    extra,
  }
}

/** The same type and settings, and the same numbers. */
function isSame(x: Layer, y: Layer): boolean {
  return x.type === y.type && sameBlobs(x.blobs, y.blobs) && geometryOf(x, []) === geometryOf(y, [])
}

export function stepsIn(maps: readonly After[]): Step[] {
  return maps.flatMap(({ steps }) => steps)
}
