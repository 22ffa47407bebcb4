import type { Pair } from "./align.js"
import type { Case } from "./case.js"
import type { Draft } from "./finding.js"
import { derive, right } from "./formula.js"
import { scaleAsLinear } from "./linear.js"
import { padsOf } from "./pads.js"
import { isUnit, type Step } from "./steps.js"
import { isRight, type Suspect, suspect } from "./suspect.js"

/** BatchNorm and Scale merged into one Scale, which scripts do where there is nothing to fold them into. */
export function mergedIntoScale(nets: Case, pair: Pair, lost: readonly Step[]): Suspect | undefined {
  const own = nets.target(pair, { steps: [] })
  // A layer before them that changed as well took part of them in.
  if (own && !isRight(suspect(pair, own))) return undefined
  const others = nets.maps.get(pair)!.extra.filter(({ steps }) => !steps.every(isUnit))
  const [scale] = others
  const [gain, bias] = scale?.layer.blobs ?? []
  if (others.length !== 1 || scale!.layer.type !== "Scale" || !gain) return undefined
  const from = scaleAsLinear(lost[0]!.layer, new Float32Array(gain.data.length).fill(1), undefined)
  const to = scaleAsLinear(scale!.layer, gain.data, bias?.data)
  return suspect(pair, { from, to, before: [], steps: lost, sharers: [] })
}

/**
 * The maps behind a layer, taken in by every layer that reads them: right for the factor; for the shift only without padding, because
 * the zeros that a convolution pads with do not get it.
 */
export function foldedForward(
  nets: Case,
  pair: Pair,
  lost: readonly Step[],
  suspects: ReadonlyMap<Pair, Suspect>,
): Suspect[] | undefined {
  const readers = nets.readersOf(pair)
  const end = pair.a.after.at(-1)!.layer.tops[0]!
  const count = nets.a.net.consumers(end).length
  if (readers.length === 0 || readers.length !== count || nets.maps.get(pair)!.extra.length > 0)
    return undefined
  const found = readers.flatMap((reader): Suspect[] => {
    const known = suspects.get(reader)
    if (!known || isRight(known)) return []
    const target = nets.target(reader, { before: lost })
    const region = [pair, reader]
    const tried = target && suspect(reader, target, { region })
    if (!tried || tried.fits.length === 0) return []
    return [{ ...tried, also: tried.fits[0]!.formula.before === "own" ? borders(nets, tried, lost) : [] }]
  })
  return found.length === readers.length ? found : undefined
}

/** The shift in the bias of a layer that pads: wrong where the window reaches beyond the border. */
function borders(nets: Case, { pair, target, region }: Suspect, lost: readonly Step[]): Draft[] {
  const pads = padsOf(nets, pair)
  const shift = derive({ ...target, from: { ...target.from, bias: undefined }, steps: [] }, right).bias
  const worst = shift.reduce((at, b, c) => (Math.abs(b) > Math.abs(shift[at]!) ? c : at), 0)
  if (pads.every((pad) => pad === 0) || shift[worst] === 0) return []
  const { layer } =
    pair.a.anchor === target.from.layer ? { layer: target.from.layer } : { layer: pair.a.anchor }
  return [
    {
      layer: lost[0]!.layer.name,
      into: target.to.layer.name,
      bug: "shift folded into a padded layer",
      explanation:
        "only border pixels differ: the shift of the map before the layer went into its bias as if every pixel had it, but the zeros of the padding come after the map and have none",
      evidence: `${layer.name} pads by ${pads.join(" and ")}; output channel ${worst} got W shift = ${Number(shift[worst]!.toPrecision(4))} from all taps, at a border fewer taps see the image`,
      fix: "fold the factor only and keep the shift, or pad the image with -shift / factor",
      parameters: target.from.outputs,
      region,
    },
  ]
}

/** Blocks that scripts walk across as if they were not there. */
const between: ReadonlySet<string> = new Set([
  "activation",
  "Pooling",
  "ReLU6",
  "ELU",
  "Sigmoid",
  "TanH",
  "Swish",
])

/** The maps behind an activation, taken in by the layer before it. */
export function foldedAcross(
  nets: Case,
  pair: Pair,
  lost: readonly Step[],
  suspects: ReadonlyMap<Pair, Suspect>,
): Suspect | undefined {
  const crossed: Pair[] = []
  let at: Pair | undefined = pair
  for (; at && between.has(at.a.kind); at = nets.makerOf(at.a.bottoms[0]!)) {
    if (at !== pair && at.a.after.length > 0) return undefined
    crossed.unshift(at)
  }
  const known = at && suspects.get(at)
  if (!at || !known || crossed.length === 0 || isRight(known)) return undefined
  const steps = [...known.target.steps, ...lost]
  const target = nets.target(at, { steps })
  const region = [at, ...crossed]
  const found = target && suspect(at, target, { region })
  if (!found || found.fits.length === 0) return undefined
  const names = crossed.map(({ a }) => `${a.anchor.name} (${a.anchor.type})`).join(" and ")
  const { gain, bias } = derive(
    { ...target, from: { ...target.from, bias: undefined }, steps: [...lost] },
    right,
  )
  const worst = gain.findIndex((g, c) => g < 0 || bias[c] !== 0)
  // A positive factor alone goes through max(x, 0) + a min(x, 0) and through the largest or mean of a window.
  const homogeneous = crossed.every(({ a }) => a.kind === "activation" || a.kind === "Pooling")
  if (homogeneous && worst < 0) return found
  const draft: Draft = {
    layer: lost[0]!.layer.name,
    into: target.to.layer.name,
    bug: "folded across an activation",
    explanation: `${names} stands between the layer and its maps: f(W x + b) alpha + shift is not f(alpha (W x + b) + shift). Scripts that look for the layer that makes a blob name, and not for the last one to write it, do not see what runs in place`,
    evidence: `channel ${Math.max(0, worst)}: factor ${Number(gain[Math.max(0, worst)]!.toPrecision(4))}, shift ${Number(bias[Math.max(0, worst)]!.toPrecision(4))} went before ${names}; the weights of ${target.to.layer.name} follow that fold`,
    fix: "keep these maps, or merge BatchNorm and Scale into one Scale behind the activation",
    parameters: target.to.weight.length + (target.to.bias?.length ?? 0),
    region,
  }
  return { ...found, also: [draft] }
}
