import type { Pair } from "./align.js"
import type { Case } from "./case.js"
import type { Draft } from "./finding.js"
import { draftsOf } from "./fold-words.js"
import { stepsIn } from "./maps.js"
import { foldedAcross, foldedForward, mergedIntoScale } from "./moved-maps.js"
import { changedMaps, dropped, leftOver, otherNumbers, otherSettings, unpaired } from "./other-layers.js"
import { search } from "./search.js"
import { explainSlopes } from "./slopes.js"
import { hasDropped, isRight, type Suspect, suspect, vote } from "./suspect.js"
import { isRelated, unexplained } from "./unexplained.js"
import { wiringDrafts } from "./wiring.js"

/** What the layers say when they are compared one by one. */
export interface Explained {
  readonly drafts: readonly Draft[]
  /** Pairs that end in different values although nothing is wrong: their maps are in a layer further on, or in one before them. */
  readonly moved: ReadonlySet<Pair>
  /** No layer of one net looks like its counterpart in the other. */
  readonly unrelated: boolean
}

/** Compares every pair of blocks and says what is wrong in each; where several formulas fit, the one that fits most layers. */
export function explain(nets: Case): Explained {
  const { pairs, onlyA, onlyB } = nets.alignment
  const suspects = new Map<Pair, Suspect>()
  for (const pair of pairs) {
    const target = nets.target(pair)
    if (target) suspects.set(pair, suspect(pair, target))
  }
  const { moved, drafts: homeless } = rehome(nets, suspects)
  const chosen = vote([...suspects.values()])
  const lonely = [...suspects.values()].filter((each) => !chosen.has(each))
  const folded = new Set(
    [...chosen]
      .filter(([{ target }, fit]) => target.steps.length > 0 && !hasDropped(fit))
      .map(([{ pair }]) => pair),
  )
  const drafts = [
    ...pairs.flatMap((pair) => {
      const own = suspects.get(pair)
      return [...(own ? foldDrafts(own) : []), ...ownDrafts(nets, pair, own)]
    }),
    ...homeless,
    ...wiringDrafts(nets, folded),
    ...unpaired(onlyA, onlyB),
  ]
  const strangers = lonely.filter(({ target }) => !isRelated(target))
  return { drafts, moved, unrelated: suspects.size > 0 && strangers.length === suspects.size }

  function foldDrafts(own: Suspect): Draft[] {
    const fit = chosen.get(own)
    if (!fit) return [inAnotherPlace(own, [...suspects.values()]) ?? unexplained(own.target, own.pair)]
    const others = own.fits.filter((other) => other !== fit)
    return [...draftsOf(fit, own.region, others), ...own.also]
  }
}

/** Maps that are gone and that their own layer did not take in: into one Scale, a layer further on, one before, or nowhere. */
function rehome(nets: Case, suspects: Map<Pair, Suspect>): { moved: Set<Pair>; drafts: Draft[] } {
  const [moved, drafts] = [new Set<Pair>(), [] as Draft[]]
  for (const pair of nets.alignment.pairs) {
    const { lost, late } = nets.maps.get(pair)!
    const steps = stepsIn(lost)
    drafts.push(
      ...dropped(
        late.map(({ layer }) => layer),
        pair,
      ),
    )
    if (steps.length === 0) continue
    const own = suspects.get(pair)
    const untouched = nets.target(pair, { steps: [] })
    if (own && !(untouched && isRight({ fits: search(untouched) }))) continue
    const merged = mergedIntoScale(nets, pair, steps)
    const elsewhere = merged ? [merged] : found(foldedForward(nets, pair, steps, suspects))
    const before = elsewhere ? undefined : foldedAcross(nets, pair, steps, suspects)
    if (elsewhere || before) {
      if (own) suspects.delete(pair)
      for (const each of elsewhere ?? [before!]) suspects.set(each.pair, each)
      if (elsewhere && !merged) moved.add(pair)
      if (before) for (const each of before.region.slice(0, -1)) moved.add(each)
    } else if (!own)
      drafts.push(
        ...dropped(
          lost.map(({ layer }) => layer),
          pair,
        ),
      )
  }
  return { moved, drafts }
}

function found(suspects: Suspect[] | undefined): Suspect[] | undefined {
  return suspects && suspects.length > 0 ? suspects : undefined
}

/** What the layer itself says, its folds aside. */
function ownDrafts(nets: Case, pair: Pair, own: Suspect | undefined): Draft[] {
  const { a, b } = pair
  const numbers = a.rays
    ? slopeDrafts(nets, pair)
    : nets.target(pair, { steps: [] })
      ? []
      : otherAnchors(pair)
  const used = own?.target.to.layer
  return [
    ...numbers,
    ...otherSettings(nets, pair),
    ...changedMaps(nets, pair),
    ...leftOver(nets, pair, used === b.anchor ? undefined : used),
  ]
}

/** Blobs of layers that are neither linear, nor activations, nor per-channel maps. */
function otherAnchors({ a, b }: Pair, pair: Pair = { a, b }): Draft[] {
  return a.layers.length === 0 ? [] : otherNumbers(a.anchor, b.anchor, pair)
}

function slopeDrafts(nets: Case, pair: Pair): Draft[] {
  const drafts = explainSlopes(pair)
  if (!drafts.some(({ bug }) => bug === "unexplained")) return drafts
  const origin = nets.alignment.pairs.find(
    (other) => other !== pair && other.a.rays && explainSlopes({ a: other.a, b: pair.b }).length === 0,
  )
  return origin ? [elsewhere(pair, origin, pair.b.rays!.below.length)] : drafts
}

/** The weights of another layer that are right there. */
function inAnotherPlace({ pair, target }: Suspect, suspects: readonly Suspect[]): Draft | undefined {
  const origin = suspects.find(({ target: other, pair: { a } }) => {
    if (other.from.weight.length !== target.to.weight.length || a === pair.a) return false
    return isRight({ fits: search({ ...other, to: target.to }) })
  })
  return origin && elsewhere(pair, origin.pair, target.to.weight.length + (target.to.bias?.length ?? 0))
}

function elsewhere(pair: Pair, origin: Pair, parameters: number): Draft {
  const [here, there] = [pair.a.anchor.name, origin.a.anchor.name]
  return {
    layer: here,
    into: pair.b.anchor.name,
    bug: "another layer's weights",
    explanation: `these are the numbers of ${there}, which belong in ${origin.b.anchor.name}: layers of one shape were exchanged`,
    evidence: `all ${parameters} parameters are what ${there} should have`,
    fix: "write each layer's weights under its own name",
    parameters,
    region: [pair],
  }
}
