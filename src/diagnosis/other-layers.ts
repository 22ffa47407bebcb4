import { short } from "../equivalence/place.js"
import { sameBlobs } from "../equivalence/same-layer.js"
import { parseConvolution, slidingOf } from "../layers/convolution.js"
import { layerTypeOf, refusalOf } from "../layers/index.js"
import type { Layer, Shape } from "../net/index.js"
import type { Pair } from "./align.js"
import type { Block } from "./blocks.js"
import type { Case } from "./case.js"
import type { Draft } from "./finding.js"
import { kindOf } from "./linear.js"
import { coarsePrecisions, roundedTo } from "./precision.js"
import { agrees } from "./search.js"
import { isUnit } from "./steps.js"

/** Layers whose parameters follow no fold, and that are none of a net's steps: the numbers must be the same. */
export function otherNumbers(mine: Layer, theirs: Layer, pair: Pair): Draft[] {
  if (sameBlobs(mine.blobs, theirs.blobs)) return []
  const base = { layer: mine.name, into: theirs.name, region: [pair] }
  const explanation = "the layer stayed, with other numbers"
  const lengths = (layer: Layer) => layer.blobs.map(({ data }) => data.length).join(", ") || "no"
  const parameters = theirs.blobs.reduce((sum, { data }) => sum + data.length, 0)
  const fix = "copy its blobs from the original"
  if (lengths(mine) !== lengths(theirs)) {
    const evidence = `${lengths(mine)} parameters became ${lengths(theirs)}`
    return [{ ...base, bug: "unexplained", explanation, evidence, fix, parameters: 0 }]
  }
  const all = (layer: Layer) => Float32Array.from(layer.blobs.flatMap(({ data }) => [...data]))
  const [x, y] = [all(mine), all(theirs)]
  const coarse = coarsePrecisions(y).find((precision) =>
    y.every((value, i) => agrees(value, x[i]!, Math.abs(x[i]!), precision)),
  )
  const evidence = farthest(x, y)
  if (coarse) return [{ ...base, ...roundedTo(coarse), evidence, parameters }]
  return [{ ...base, bug: "unexplained", explanation, evidence, fix, parameters: 0 }]
}

function farthest(x: Float32Array, y: Float32Array): string {
  let [at, wrong] = [0, 0]
  const relative = (i: number) => Math.abs(x[i]! - y[i]!) / Math.max(Math.abs(x[i]!), Math.abs(y[i]!)) || 0
  x.forEach((value, i) => {
    if (value !== y[i]) wrong++
    if (relative(i) > relative(at)) at = i
  })
  return `${wrong} of ${x.length} parameters differ; number ${at} was ${short(x[at]!, 6)} and is ${short(y[at]!, 6)}`
}

/** Numbers and settings of the maps that stayed but changed. */
export function changedMaps(nets: Case, pair: Pair): Draft[] {
  return nets.maps
    .get(pair)!
    .changed.flatMap(([{ layer }, { layer: other }]) => [
      ...otherNumbers(layer, other, pair),
      ...differentSettings(layer, other, [], [], pair),
    ])
}

/** Settings of the layer itself: another window, another operation. */
export function otherSettings({ a, b }: Case, pair: Pair): Draft[] {
  const [mine, theirs] = [pair.a.anchor, pair.b.anchor]
  if (pair.a.rays || mine.type !== theirs.type || mine.type === "Input" || pair.a.layers.length === 0)
    return []
  const shapes = (of: Case["a"], layer: Layer) => layer.bottoms.map((bottom) => of.shapes.get(bottom) ?? [])
  return differentSettings(mine, theirs, shapes(a, mine), shapes(b, theirs), pair)
}

function differentSettings(
  mine: Layer,
  theirs: Layer,
  bottoms: readonly Shape[],
  others: readonly Shape[],
  pair: Pair,
): Draft[] {
  const [x, y] = [settingsOf(mine, bottoms), settingsOf(theirs, others)]
  const changed = Object.keys({ ...x, ...y }).filter(
    (key) => JSON.stringify(x[key]) !== JSON.stringify(y[key]),
  )
  if (changed.length === 0) return []
  const words = (value: unknown) => (value === undefined ? "absent" : JSON.stringify(value))
  return [
    {
      layer: mine.name,
      into: theirs.name,
      bug: "other settings",
      explanation: "the prototxt says something else about this layer",
      evidence: changed.map((key) => `${key} was ${words(x[key])} and is ${words(y[key])}`).join("; "),
      fix: "copy the layer's settings from the original prototxt",
      parameters: 0,
      region: [pair],
    },
  ]
}

/** What a layer computes apart from its parameters and how they are stored, with Caffe's defaults filled in. */
function settingsOf(layer: Layer, bottoms: readonly Shape[]): Record<string, unknown> {
  if (refusalOf(layer)) return { settings: layer.message }
  const { param, biasTerm, transpose, axis, ...rest } = Object(
    layerTypeOf(layer).parse(layer.message, layer),
  ) as Record<string, unknown>
  const isWindowed = kindOf(layer) === "Convolution" || layer.type === "Deconvolution"
  if (!isWindowed || !bottoms[0]?.length) return isWindowed ? rest : { ...rest, axis, param }
  const { axis: _axis, ...window } = slidingOf({ params: parseConvolution(layer.message), bottoms })
  return { ...rest, ...window }
}

/** Maps of the merged net that came from nowhere: what is left of a BatchNorm still divides. */
export function leftOver(nets: Case, pair: Pair, used: Layer | undefined): Draft[] {
  return nets.maps.get(pair)!.extra.flatMap(({ layer, steps }): Draft[] => {
    if (layer === used) return []
    const norm = steps.find((step) => step.kind === "norm")
    if (!steps.every(isUnit))
      return [
        {
          layer: pair.a.anchor.name,
          into: layer.name,
          bug: "unexplained",
          explanation: `${layer.name} (${layer.type}) is not in the original and is not constant 1`,
          evidence: `${layer.blobs.map(({ data }) => data.length).join(" and ") || "no"} parameters`,
          fix: "remove it",
          parameters: 0,
          region: [pair],
        },
      ]
    if (norm?.kind !== "norm" || norm.eps === 0) return []
    const factor = 1 / Math.sqrt(1 + norm.eps)
    const own = pair.a.after.find((after) => after.layer.type === layer.type)?.layer ?? pair.a.anchor
    return [
      {
        layer: own.name,
        into: layer.name,
        bug: "BatchNorm left behind",
        explanation:
          "its mean was set to 0 and its variance to 1 after the fold, but it still divides by sqrt(1 + eps): it is no identity",
        evidence: `eps ${short(norm.eps)}: every channel is multiplied by ${factor.toPrecision(9)}, ${short((1 - factor) * 2 ** 24)} float32 roundings`,
        fix: "remove the layer, or set its variance to 1 - eps",
        parameters: norm.mean.length,
        region: [pair],
      },
    ]
  })
}

/** Maps that no layer of the merged net took in. */
export function dropped(layers: readonly Layer[], pair: Pair): Draft[] {
  return layers.map((layer) => {
    const own = pair.a.after.find((after) => after.layer === layer)
    const constant = own?.steps.find((step) => step.kind === "constant")
    const first = layer.blobs[0]?.data[0]
    return {
      layer: layer.name,
      bug:
        constant?.kind === "constant" && layer.type !== "Power"
          ? "dropout factor missing"
          : "dropped without folding",
      explanation: `${layer.name} (${layer.type}) is in the original, and no layer of the merged net has its numbers`,
      evidence:
        constant?.kind === "constant"
          ? `it multiplies by ${short(constant.gain[0]!, 6)}`
          : `${layer.blobs.map(({ data }) => data.length).join(", ")} parameters, the first ${short(first ?? 0)}`,
      fix: "keep the layer, or fold it into the layer before it",
      parameters: 0,
      region: [pair],
    }
  })
}

/** Layers that copy, or make nothing that a result depends on. */
const harmless: ReadonlySet<string> = new Set(["Split", "Silence", "Input"])

export function unpaired(onlyA: readonly Block[], onlyB: readonly Block[]): Draft[] {
  const draft = (block: Block, bug: string, explanation: string, fix: string): Draft[] => {
    const { name, type, tops } = block.anchor
    if (harmless.has(type)) return []
    const evidence = `it makes ${tops.map(({ blob }) => blob).join(", ")}`
    return [
      {
        layer: name,
        bug,
        explanation: `${name} (${type}) ${explanation}`,
        evidence,
        fix,
        parameters: 0,
        region: [],
      },
    ]
  }
  return [
    ...onlyA.flatMap((block) =>
      draft(block, "layer missing", "of the original has no counterpart in the merged net", "put it back"),
    ),
    ...onlyB.flatMap((block) =>
      draft(block, "layer added", "of the merged net has no counterpart in the original", "remove it"),
    ),
  ]
}
