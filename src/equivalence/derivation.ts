import { ETA, U } from "../layers/index.js"
import type { Layer } from "../net/index.js"
import type { CertificateEntry, Condition } from "./certificate.js"

/** Outcome of deriving one layer's parameters from the layers that it replaces. */
export interface Derivation {
  readonly rule: string
  /** The layer that was derived again. */
  readonly layer: Layer
  /** All that were, where it is more than the one. */
  readonly layers?: readonly Layer[]
  readonly conditions: readonly Condition[]
  readonly parameters: number
  readonly roundings: number
  readonly worst?: CertificateEntry["worst"]
}

/** A blob's parameters as derived in double: each value, and how far off double precision may have left it. */
export interface Derived {
  readonly layer: Layer
  /** Which of the layer's blobs; one that it has not holds zeros, as a layer without a bias adds 0. */
  readonly blob: number
  /** How many numbers are derived, each with its place in the blob: one may be derived for several. */
  readonly length: number
  at?(number: number): number
  value(number: number): number
  slack(number: number): number
}

/** The farthest parameter, in roundings. Where a sum cancels, the derivation's own rounding in double is granted too. */
export function compareParameters(
  derived: readonly Derived[],
): Pick<Derivation, "parameters" | "roundings" | "worst"> {
  let parameters = 0
  let roundings = 0
  let worst: Derivation["worst"]
  for (const expected of derived) {
    const { layer, blob, length } = expected
    const data = layer.blobs[blob]?.data
    for (let i = 0; i < length; i++) {
      const index = expected.at ? expected.at(i) : i
      const value = expected.value(i)
      const stored = data ? data[index]! : 0
      parameters++
      if (stored === value) continue
      const distance = Math.abs(stored - value) - expected.slack(i) - ETA
      if (distance <= 0) continue
      const away = distance / (U * Math.abs(value))
      if (away <= roundings) continue
      roundings = Number.isNaN(away) ? Number.POSITIVE_INFINITY : away
      worst = { layer: layer.name, blob, index, stored, derived: value }
    }
  }
  return { parameters, roundings, ...(worst ? { worst } : {}) }
}

/** What a sum of so many terms of this size in all may be off by in double, and a few roundings more. */
export function slackOf(size: number, terms: number): number {
  return size * (terms + 64) * 2 ** -52
}
