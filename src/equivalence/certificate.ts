import type { NetCalls } from "../layers/index.js"
import type { Layer } from "../net/index.js"
import { type Derivation, derive } from "./fold-rule.js"
import type { Piece } from "./pieces.js"
import { short } from "./place.js"
import { deriveRays } from "./prelu-rule.js"
import { geometryOf, sameBlobs } from "./same-layer.js"
import { type Side, sideOf, withoutCopies } from "./without-copies.js"

/** A precondition of a rule, checked on the nets themselves. */
export interface Condition {
  readonly condition: string
  readonly holds: boolean
}

/**
 * What is known about a pair of pieces without running them.
 *
 * - `identical`: the same layers with the same parameters.
 * - `proved`: a rule allows the rewrite, and every parameter is within one float32 rounding of the one derived again.
 * - `measured`: nothing is proved; the segments alone speak.
 * - `refuted`: the same layers, or a rule that applies, but other parameters.
 */
export interface CertificateEntry {
  readonly layers: { readonly a: readonly string[]; readonly b: readonly string[] }
  readonly status: "identical" | "proved" | "measured" | "refuted"
  readonly rule?: string
  readonly conditions: readonly Condition[]
  /** Parameters that were compared. */
  readonly parameters: number
  /** Farthest distance of a parameter from its derivation, in float32 roundings (2^-24 of its size); at most 1 when proved. */
  readonly roundings: number
  /** That parameter. */
  readonly worst?: {
    readonly layer: string
    readonly blob: number
    readonly index: number
    readonly stored: number
    readonly derived: number
  }
  readonly why: string
}

/** A rewrite that somebody claims: the report of a transform says which layer does the work of which. */
export interface Claim {
  readonly rule: string
  readonly layer: Layer
  /** All of them, where several layers changed. */
  readonly layers?: readonly Layer[]
  readonly from: readonly Layer[]
}

/** An entry, and what the segments need of it: which rewritten layers carry how many roundings of storage. */
export interface Certified {
  readonly entry: CertificateEntry
  readonly stored?: {
    readonly side: "a" | "b"
    readonly layers: readonly Layer[]
    readonly roundings: number
  }
}

/**
 * Parameters up to this many roundings from their derivation may still be a fold, computed in float32 by another tool: measured. Such a fold
 * rounds 1 / factor, variance, + eps, root, quotient, two products. Farther away they are other parameters: refuted.
 */
const MOST_ROUNDINGS = 8

/** A derivation that must hold exactly, where no parameter is rounded on its way. */
type Derived = Derivation & { readonly exact?: boolean }

/** One way to derive the second layers' parameters from the first; undefined where the layers do not have its form. */
type Rule = (
  a: NetCalls,
  layers: readonly Layer[],
  b: NetCalls,
  others: readonly Layer[],
) => Derived | undefined

/** Every rule. Each reads the nets alone, and nothing that a transform computed. */
const rules: readonly Rule[] = [derive, deriveRays]

export function certify(a: NetCalls, b: NetCalls, piece: Piece, claims: readonly Claim[]): Certified {
  const { layersA, layersB } = piece
  const layers = { a: layersA.map(({ name }) => name), b: layersB.map(({ name }) => name) }
  if (isIdentical(a, b, piece)) {
    const parameters = count(layersA)
    return {
      entry: {
        layers,
        status: "identical",
        conditions: [],
        parameters,
        roundings: 0,
        why: "same layers, same parameters",
      },
    }
  }
  const about = claims.filter(({ layer, layers = [layer] }) => layers.some((each) => layersB.includes(each)))
  // Where a second rewrite followed, its claim is about the net between the two, and the first one's layers are no longer there.
  const claim = about.every(({ from }) => from.every((each) => layersA.includes(each))) ? about[0] : undefined
  const proof = proofOf(a, b, piece)
  if (!proof) {
    const why = claim
      ? `claimed as "${claim.rule}", which does not apply`
      : "no known rule makes one of the other"
    return {
      entry: {
        layers,
        status: claim ? "refuted" : "measured",
        conditions: [],
        parameters: 0,
        roundings: 0,
        why,
      },
    }
  }
  const { derived, side, made } = proof
  const { rule, conditions, parameters, roundings, worst, exact } = derived
  const { status, why } = judge(derived, claim)
  const entry = { layers, status, rule, conditions, parameters, roundings, ...(worst ? { worst } : {}), why }
  if (status === "refuted" || !made || exact) return { entry }
  return { entry, stored: { side, layers: made, roundings: Math.max(1, roundings) } }
}

/** What a rule says of a piece, and which side's layers of the net it derived; none where nothing was derived. */
interface Proof {
  readonly derived: Derived
  readonly side: "a" | "b"
  readonly made?: readonly Layer[] | undefined
}

/** Tries every rule either way round, on the layers as they are and without those that copy; what holds goes first. */
function proofOf(a: NetCalls, b: NetCalls, piece: Piece): Proof | undefined {
  if (!readAlike(piece)) return undefined
  const { layersA, layersB, targets } = piece
  const plain = { a: sideOf(a, layersA), b: sideOf(b, layersB) }
  const [bareA, bareB] = [
    withoutCopies(
      a,
      layersA,
      targets.map((pair) => pair.a),
    ),
    withoutCopies(
      b,
      layersB,
      targets.map((pair) => pair.b),
    ),
  ]
  const proofs = proofsOf(plain.a, plain.b)
  if (bareA || bareB) {
    const bare = { a: bareA ?? plain.a, b: bareB ?? plain.b }
    const same = sameLayers(bare.a, bare.b, piece)
    if (same) return same
    proofs.push(...proofsOf(bare.a, bare.b))
  }
  return proofs.find(({ derived }) => judge(derived, undefined).status === "proved") ?? proofs[0]
}

function proofsOf(a: Side, b: Side): Proof[] {
  const copies = [...a.copies, ...b.copies].map(({ name, type }) => ({
    condition: `${name} (${type}) copies`,
    holds: true,
  }))
  const without = copies.length > 0 ? ", copies left out" : ""
  return rules.flatMap((rule): Proof[] => {
    const forward = rule(a.calls, a.layers, b.calls, b.layers)
    const derived = forward ?? rule(b.calls, b.layers, a.calls, a.layers)
    if (!derived) return []
    const [side, from] = forward ? (["b", b] as const) : (["a", a] as const)
    const conditions = [...copies, ...derived.conditions]
    const named = { ...derived, rule: derived.rule + without, conditions }
    const made = (derived.layers ?? [derived.layer]).flatMap((each) => from.originals.get(each) ?? [])
    return [{ derived: named, side, made }]
  })
}

/** Sides that are the same layers once the copies are left out. */
function sameLayers(a: Side, b: Side, piece: Piece): Proof | undefined {
  if (!isIdentical(a.calls, b.calls, { ...piece, layersA: a.layers, layersB: b.layers })) return undefined
  const conditions = [...a.copies, ...b.copies].map(({ name, type }) => ({
    condition: `${name} (${type}) copies`,
    holds: true,
  }))
  const types = [...new Set([...a.copies, ...b.copies].map(({ type }) => type))].join(" and ")
  const layer = b.layers.at(-1)!
  const derived = {
    rule: `without ${types}`,
    layer,
    conditions,
    parameters: count(a.layers),
    roundings: 0,
    exact: true,
  }
  return { derived, side: "b" }
}

/** Do both sides read the same shared values? */
function readAlike({ bottoms, layersA, layersB }: Piece): boolean {
  const [readA, readB] = [layersA, layersB].map(
    (layers) => new Set(layers.flatMap((layer) => layer.bottoms)),
  ) as [Set<unknown>, Set<unknown>]
  return bottoms.every((pair) => readA.has(pair.a) && readB.has(pair.b))
}

function judge(
  { rule, conditions, roundings, worst, exact }: Derived,
  claim: Claim | undefined,
): Pick<CertificateEntry, "status" | "why"> {
  const broken = conditions.find(({ holds }) => !holds)
  if (broken) {
    const why = `${rule} does not apply: ${broken.condition} does not hold`
    return { status: claim ? "refuted" : "measured", why }
  }
  if (roundings === 0 && exact) return { status: "proved", why: `${rule}: every parameter is the same` }
  if (roundings <= 1 && !exact)
    return { status: "proved", why: `${rule}: every parameter within one rounding` }
  const far = `${rule}: parameter ${worst!.index} of blob ${worst!.blob} in ${worst!.layer} is ${worst!.stored}, derived ${worst!.derived}`
  const distance = `${short(roundings)} roundings away`
  if (claim || !(roundings <= MOST_ROUNDINGS)) return { status: "refuted", why: `${far}, ${distance}` }
  return {
    status: "measured",
    why: `${far}, ${distance}: close, but not ${exact ? "the same" : "within one"}`,
  }
}

/** The same layers in the same order, wired alike. */
function isIdentical(a: NetCalls, b: NetCalls, { layersA, layersB, bottoms }: Piece): boolean {
  if (layersA.length !== layersB.length) return false
  const toB = new Map(bottoms.map((pair) => [pair.a, pair.b]))
  return layersA.every((layer, i) => {
    const other = layersB[i]!
    if (layer.type !== other.type || layer.tops.length !== other.tops.length) return false
    if (layer.bottoms.length !== other.bottoms.length) return false
    if (layer.bottoms.some((bottom, j) => toB.get(bottom) !== other.bottoms[j])) return false
    layer.tops.forEach((top, j) => void toB.set(top, other.tops[j]!))
    const [call, otherCall] = [a.calls.get(layer)!.call, b.calls.get(other)!.call]
    const samePhase = call.phase === otherCall.phase
    return (
      samePhase &&
      geometryOf(layer, call.bottoms) === geometryOf(other, otherCall.bottoms) &&
      sameBlobs(layer.blobs, other.blobs)
    )
  })
}

function count(layers: readonly Layer[]): number {
  return layers.reduce((n, { blobs }) => n + blobs.reduce((m, { data }) => m + data.length, 0), 0)
}
