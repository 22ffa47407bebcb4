import { type CompareOptions, type Comparison, compareNets } from "../equivalence/index.js"
import { formatPlace } from "../equivalence/place.js"
import { makeValue, type Net, type Value } from "../net/index.js"
import { rewired } from "../transforms/wiring.js"
import type { Pair } from "./align.js"
import { endOf } from "./blocks.js"
import type { Case } from "./case.js"

/** The merged net with the original's names for inputs and outputs, where tools changed them. */
export function underOwnNames({ a, b, alignment }: Case): Net {
  const names = new Map<Value, Value>()
  const outputs = new Set(a.net.outputs)
  for (const [mine, theirs] of alignment.pairs.flatMap(counterparts)) {
    const isInterface =
      mine.blob !== theirs.blob && (outputs.has(mine) || a.net.producer(mine).type === "Input")
    if (isInterface) names.set(theirs, makeValue(mine.blob))
  }
  return withValues(b.net, names)
}

/**
 * The comparison cut at every pair of blocks that should end in the same value: the first place where it fails is where something went
 * wrong.
 */
export async function comparePiecewise(
  { a, b, alignment }: Case,
  moved: ReadonlySet<Pair>,
  options: CompareOptions,
): Promise<Comparison> {
  const shared = alignment.pairs.filter((pair) => !moved.has(pair)).flatMap(counterparts)
  return compareNets(
    a.net,
    withValues(b.net, new Map(shared.map(([mine, theirs]) => [theirs, mine]))),
    options,
  )
}

/** Where and how far, in one sentence. */
export function placeOf({ first, why }: Comparison): string {
  return first ? formatPlace(first) : why
}

function counterparts({ a, b }: Pair): [Value, Value][] {
  if (a.anchor.tops.length > 1) {
    return a.anchor.tops.flatMap((top, i): [Value, Value][] =>
      b.anchor.tops[i] ? [[top, b.anchor.tops[i]]] : [],
    )
  }
  const [mine, theirs] = [endOf(a), endOf(b)]
  return mine && theirs ? [[mine, theirs]] : []
}

function withValues(net: Net, values: ReadonlyMap<Value, Value>): Net {
  return values.size === 0 ? net : net.with(net.layers.map((layer) => rewired(layer, values)))
}
