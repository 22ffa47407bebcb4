import { short } from "../equivalence/place.js"
import type { Rays } from "./activation.js"
import type { Pair } from "./align.js"
import type { Draft } from "./finding.js"
import { coarsePrecisions, type Precision, roundedTo, single } from "./precision.js"
import { agrees } from "./search.js"

/** One thing that scripts get wrong with the slopes a of y = max(x, 0) + a min(x, 0), and the slopes they then write. */
interface SlopeBug {
  readonly bug: string
  readonly explanation: string
  readonly fix: string
  /** What becomes of a negative x; above zero it stays 1 unless told. */
  readonly below: (a: number, all: Float64Array, channel: number) => number
  readonly above?: (a: number) => number
}

const copying =
  "copy blob 0 of the PReLU; weights are found by layer name, and a layer without any keeps its filler"

const slopeBugs: readonly SlopeBug[] = [
  {
    bug: "slopes with the wrong sign",
    explanation:
      "for negative x the net now gives -a x: in ReLU(x) + s ReLU(-x) the factor s must be -a, because ReLU(-x) is -x there",
    fix: "negate the factor of ReLU(-x)",
    below: (a) => -a,
  },
  {
    bug: "slopes lost",
    explanation: "negative numbers become 0: a PReLU was replaced by a plain ReLU",
    fix: "write ReLU(x) + (-a) ReLU(-x) with the learned slopes, or keep the PReLU",
    below: () => 0,
  },
  {
    bug: "slopes not loaded",
    explanation: "every slope is 0.25, what Caffe's filler gives a PReLU whose weights were not in the file",
    fix: copying,
    below: () => 0.25,
  },
  {
    bug: "one slope for all channels",
    explanation: "every channel has the slope of channel 0: per-channel slopes were read as channel_shared",
    fix: "remove channel_shared and store one slope a channel",
    below: (_a, all) => all[0]!,
  },
  {
    bug: "one slope for all channels",
    explanation: "every channel has the mean of the slopes, as if channel_shared were the same",
    fix: "remove channel_shared and store one slope a channel",
    below: (_a, all) => all.reduce((sum, each) => sum + each, 0) / all.length,
  },
  ...[0, 0.25].map((filler) => ({
    bug: "shared slope in the first channel only",
    explanation: `channel 0 has the shared slope, the others have ${filler}: a channel_shared blob was copied into a per-channel one`,
    fix: "set prelu_param { channel_shared: true }, or repeat the slope for every channel",
    below: (_a: number, all: Float64Array, channel: number) => (channel === 0 ? all[0]! : filler),
  })),
  {
    bug: "activation lost",
    explanation: "negative numbers pass unchanged",
    fix: "keep the activation",
    below: () => 1,
  },
  {
    bug: "negative slopes clipped",
    explanation: "slopes below 0 became 0; they are learned numbers like the others",
    fix: "keep the sign of every slope",
    below: (a) => Math.max(a, 0),
  },
  {
    bug: "size of the slopes taken",
    explanation: "slopes below 0 became positive",
    fix: "keep the sign of every slope",
    below: (a) => Math.abs(a),
  },
  {
    bug: "maximum(a x, x) for PReLU",
    explanation:
      "max(a x, x) is PReLU for a up to 1 only: above, it multiplies positive numbers and leaves negative ones",
    fix: "use max(x, 0) + a min(x, 0)",
    below: (a) => Math.min(a, 1),
    above: (a) => Math.max(a, 1),
  },
]

/**
 * Compares what two activations make of numbers above and below zero, written as PReLU, ReLU or their composition.
 *
 * @returns nothing where they agree; a draft otherwise, "unexplained" where no known mistake gives these slopes
 */
export function explainSlopes(pair: Pair): Draft[] {
  const [mine, theirs] = [pair.a.rays!, pair.b.rays!]
  const layer = pair.a.anchor.name
  const base = { layer, into: pair.b.anchor.name, region: [pair], parameters: theirs.below.length }
  const spread = (rays: Rays, like: Rays) =>
    rays.below.length === 1 && like.below.length > 1 ? repeated(rays, like.below.length) : rays
  const [a, b] = [spread(mine, theirs), spread(theirs, mine)]
  if (a.below.length !== b.below.length) {
    const evidence = `${a.below.length} channels became ${b.below.length}`
    return [{ ...base, bug: "unexplained", explanation: "another number of channels", evidence, fix: "" }]
  }
  const same = ({ below }: Rays, precision: Precision, of: SlopeBug) =>
    below.every((stored, c) => {
      const slope = a.below[c]!
      const [wanted, above] = [of.below(slope, a.below, c), of.above?.(slope) ?? a.above[c]!]
      const near = (x: number, y: number) => agrees(x, y, Math.abs(y), precision)
      return near(stored, wanted) && near(b.above[c]!, above)
    })
  const right: SlopeBug = { bug: "", explanation: "", fix: "", below: (slope) => slope }
  if (same(b, single, right)) return []
  const worst = farthest(a, b)
  const where = `channel ${worst}: slope ${short(a.below[worst]!)} became ${short(b.below[worst]!)}`
  const coarse = coarsePrecisions(Float32Array.from(b.below)).find((precision) => same(b, precision, right))
  if (coarse) return [{ ...base, ...roundedTo(coarse), evidence: where }]
  const found = slopeBugs.find((bug) => same(b, single, bug))
  const slopes = `${b.below.length} channels agree with this`
  if (found) return [{ ...base, ...texts(found), evidence: `${where}; ${slopes}` }]
  const explanation = "the slopes are others, and no known mistake gives them"
  return [
    {
      ...base,
      bug: "unexplained",
      explanation,
      evidence: where,
      fix: "copy the slopes again",
      parameters: 0,
    },
  ]
}

function texts({ bug, explanation, fix }: SlopeBug): Pick<Draft, "bug" | "explanation" | "fix"> {
  return { bug, explanation, fix }
}

function repeated({ above, below }: Rays, channels: number): Rays {
  const fill = ([value]: Float64Array) => new Float64Array(channels).fill(value!)
  return { above: fill(above), below: fill(below) }
}

function farthest(a: Rays, b: Rays): number {
  const gaps = a.below.map((slope, c) => Math.abs(slope - b.below[c]!) + Math.abs(a.above[c]! - b.above[c]!))
  return gaps.indexOf(Math.max(...gaps))
}
