import type { NetCalls } from "../layers/index.js"
import type { Layer } from "../net/index.js"
import { type Derivation, derive } from "./fold-rule.js"
import type { Piece } from "./pieces.js"
import { short } from "./place.js"
import { geometryOf, sameBlobs } from "./same-layer.js"

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
  readonly from: readonly Layer[]
}

/** An entry, and what the segments need of it: which rewritten layer carries how many roundings of storage. */
export interface Certified {
  readonly entry: CertificateEntry
  readonly stored?: { readonly side: "a" | "b"; readonly layer: Layer; readonly roundings: number }
}

/**
 * Parameters up to this many roundings from their derivation may still be a fold, computed in float32 by another tool: measured. Such a fold
 * rounds 1 / factor, variance, + eps, root, quotient, two products. Farther away they are other parameters: refuted.
 */
const MOST_ROUNDINGS = 8

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
  const claim = claims.find(({ layer }) => layersB.includes(layer))
  const forward = derive(a, layersA, b, layersB)
  const backward = forward ? undefined : derive(b, layersB, a, layersA)
  const derivation = forward ?? backward
  if (!derivation) {
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
  const { rule, conditions, parameters, roundings, worst, layer } = derivation
  const { status, why } = judge(derivation, claim)
  const entry = { layers, status, rule, conditions, parameters, roundings, ...(worst ? { worst } : {}), why }
  if (status === "refuted") return { entry }
  return { entry, stored: { side: forward ? "b" : "a", layer, roundings: Math.max(1, roundings) } }
}

function judge(
  { rule, conditions, roundings, worst }: Derivation,
  claim: Claim | undefined,
): Pick<CertificateEntry, "status" | "why"> {
  const broken = conditions.find(({ holds }) => !holds)
  if (broken) {
    const why = `${rule} does not apply: ${broken.condition} does not hold`
    return { status: claim ? "refuted" : "measured", why }
  }
  if (roundings <= 1) return { status: "proved", why: `${rule}: every parameter within one rounding` }
  const far = `${rule}: parameter ${worst!.index} of blob ${worst!.blob} in ${worst!.layer} is ${worst!.stored}, derived ${worst!.derived}`
  const distance = `${short(roundings)} roundings away`
  if (claim || !(roundings <= MOST_ROUNDINGS)) return { status: "refuted", why: `${far}, ${distance}` }
  return { status: "measured", why: `${far}, ${distance}: close, but not within one` }
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
