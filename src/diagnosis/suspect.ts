import type { Pair } from "./align.js"
import type { Draft } from "./finding.js"
import type { Target } from "./formula.js"
import { type Fit, search } from "./search.js"

/** A layer of the merged net, the formulas that give its numbers, and what else there is to say about it. */
export interface Suspect {
  readonly pair: Pair
  readonly target: Target
  readonly fits: readonly Fit[]
  /** The blocks that this concerns. */
  readonly region: readonly Pair[]
  readonly also: readonly Draft[]
}

export function suspect(pair: Pair, target: Target, more: Partial<Suspect> = {}): Suspect {
  return { pair, target, fits: search(target), region: [pair], also: [], ...more }
}

/** The right formula fits. */
export function isRight({ fits }: Pick<Suspect, "fits">): boolean {
  return fits[0]?.bugs.length === 0
}

/** The formula has these maps in no layer. */
export function hasDropped({ bugs }: Fit): boolean {
  return bugs.some(({ change }) => change.weightSteps === "none")
}

/**
 * One formula for every layer: of those with the fewest mistakes the one that most layers agree on, since one script wrote them all.
 */
export function vote(suspects: readonly Suspect[]): Map<Suspect, Fit> {
  const votes = new Map<string, number>()
  for (const { fits } of suspects) {
    for (const key of new Set(fits.map(keyOf))) votes.set(key, (votes.get(key) ?? 0) + 1)
  }
  const chosen = new Map<Suspect, Fit>()
  for (const each of suspects) {
    let best: Fit | undefined
    for (const fit of each.fits) {
      if (!best || votes.get(keyOf(fit))! > votes.get(keyOf(best))!) best = fit
    }
    if (best) chosen.set(each, best)
  }
  return chosen
}

function keyOf({ bugs }: Fit): string {
  return JSON.stringify(bugs.map(({ bug, change }) => [bug, change]))
}
