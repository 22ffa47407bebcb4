import type { Value } from "../net/index.js"
import type { Pair } from "./align.js"
import type { Case } from "./case.js"
import type { Draft } from "./finding.js"

/**
 * Do blocks read what they read in the original? A layer that read what a convolution makes, and now reads it with the BatchNorm behind
 * it folded in, reads something else.
 *
 * @param folded pairs whose maps were taken in by their own layer
 */
export function wiringDrafts(nets: Case, folded: ReadonlySet<Pair>): Draft[] {
  return nets.alignment.pairs.flatMap((pair) => {
    const { a, b } = pair
    if (a.bottoms.length !== b.bottoms.length) return []
    return a.bottoms.flatMap((bottom, i) => drafts(nets, folded, pair, bottom, b.bottoms[i]!))
  })
}

function drafts(nets: Case, folded: ReadonlySet<Pair>, pair: Pair, mine: Value, theirs: Value): Draft[] {
  const [from, to] = [nets.positionsA.get(mine), nets.positionsB.get(theirs)]
  if (!from || !to) return []
  const [maker, other] = [nets.pairOf(from.block), nets.pairOf(to.block)]
  if (!maker || !other) return []
  const reader = pair.a.anchor
  const base = { layer: reader.name, into: pair.b.anchor.name, parameters: 0, region: [pair] }
  if (maker !== other || from.top !== to.top) {
    return [
      {
        ...base,
        bug: "reads another value",
        explanation: "the layer is wired to another layer than in the original",
        evidence: `${reader.name} (${reader.type}) reads ${mine.blob} of ${from.block.anchor.name}; in the merged net ${pair.b.anchor.name} reads ${theirs.blob} of ${to.block.anchor.name}`,
        fix: "follow the last layer that writes a blob name, not the first",
      },
    ]
  }
  const { lost } = nets.maps.get(maker)!
  const behind = lost.filter((map) => maker.a.after.indexOf(map) >= from.maps)
  if (!folded.has(maker) || behind.length === 0) return []
  const names = behind.map(({ layer }) => layer.name).join(" and ")
  return [
    {
      ...base,
      layer: behind[0]!.layer.name,
      into: maker.b.anchor.name,
      bug: "folded although another layer reads the raw output",
      explanation: `${reader.name} (${reader.type}) reads what ${maker.a.anchor.name} makes before ${names}; since the fold it reads it with ${names} applied`,
      evidence: `${mine.blob} has ${nets.a.net.consumers(mine).length} readers in the original, ${names} is only one of them`,
      fix: "fold only where the BatchNorm is the sole reader, or keep a second copy of the layer",
    },
  ]
}
