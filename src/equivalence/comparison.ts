import type { EngineName, Ran } from "../engines/engine.js"
import type { CertificateEntry } from "./certificate.js"
import type { OutputDifference } from "./end-to-end.js"
import { formatPlace, type Place, short } from "./place.js"
import type { Segment } from "./tally.js"

/** The first leg: every pair of pieces, and how many are of which kind. */
export interface Certificate {
  /** Nothing is refuted. */
  readonly holds: boolean
  /** Everything is identical or proved; what is not is only measured. */
  readonly complete: boolean
  readonly identical: number
  readonly proved: number
  readonly measured: number
  readonly refuted: number
  readonly entries: readonly CertificateEntry[]
}

export function certificateOf(entries: readonly CertificateEntry[]): Certificate {
  const count = (status: CertificateEntry["status"]) =>
    entries.filter((entry) => entry.status === status).length
  const [identical, proved, measured, refuted] = (
    ["identical", "proved", "measured", "refuted"] as const
  ).map(count) as [number, number, number, number]
  return {
    holds: refuted === 0,
    complete: measured + refuted === 0,
    identical,
    proved,
    measured,
    refuted,
    entries,
  }
}

export interface ComparisonFields {
  readonly engine: EngineName
  readonly backend: string
  /** Why it was this engine, where it was asked to be the fastest. */
  readonly engineWhy?: string | undefined
  /** What the first net ran on, where the second ran on another engine than it. */
  readonly against?: Ran | undefined
  readonly probes: readonly string[]
  readonly certificate: Certificate
  readonly segments: readonly Segment[]
  readonly endToEnd: readonly OutputDifference[]
  /** Why the nets cannot be laid side by side at all: an output that one of them lacks, other shapes. */
  readonly mismatch?: string | undefined
}

/** The verdict on two nets, with every number it rests on next to its limit. */
export class Comparison implements ComparisonFields {
  /** Nothing is refuted and every segment stays within its rounding bound. */
  readonly equivalent: boolean
  readonly engine: EngineName
  /** What really ran. */
  readonly backend: string
  readonly engineWhy: string | undefined
  readonly against: Ran | undefined
  readonly probes: readonly string[]
  readonly certificate: Certificate
  readonly segments: readonly Segment[]
  readonly endToEnd: readonly OutputDifference[]
  readonly mismatch: string | undefined

  constructor(fields: ComparisonFields) {
    const { engine, backend, engineWhy, against, probes, certificate, segments, endToEnd, mismatch } = fields
    this.engine = engine
    this.backend = backend
    this.engineWhy = engineWhy
    this.against = against
    this.probes = probes
    this.certificate = certificate
    this.segments = segments
    this.endToEnd = endToEnd
    this.mismatch = mismatch
    this.equivalent = mismatch === undefined && certificate.holds && segments.every(({ holds }) => holds)
  }

  /** The first place, in running order, where the nets differ by more than rounding. */
  get first(): Place | undefined {
    return this.segments.find(({ holds }) => !holds)?.first
  }

  /** The segment closest to its bound, or farthest beyond it. */
  get worst(): Segment | undefined {
    return this.segments.reduce<Segment | undefined>(
      (most, segment) => (segment.ratio > (most?.ratio ?? -1) ? segment : most),
      undefined,
    )
  }

  /** Why the nets are, or are not, equivalent: one sentence. */
  get why(): string {
    const { certificate, segments, worst, first, mismatch } = this
    if (mismatch) return mismatch
    if (first) return formatPlace(first)
    const refuted = certificate.entries.find(({ status }) => status === "refuted")
    if (refuted) return refuted.why
    const blind = segments.find(({ holds }) => !holds)
    if (blind) {
      const { layers, blob, resolution } = blind
      return `undecided: ${layers.a.length} and ${layers.b.length} layers up to ${blob} have nothing in common, bound ${short(resolution)} of the values`
    }
    const { identical, proved, measured } = certificate
    const kinds = [
      `${identical} pieces identical`,
      `${proved} proved`,
      ...(measured > 0 ? [`${measured} only measured`] : []),
    ]
    const within = `${segments.length} segments within their bounds`
    return `${kinds.join(", ")}; ${within}${worst ? `, largest ratio ${short(worst.ratio)} at ${worst.layers.a.at(-1)}` : ""}`
  }

  toString(): string {
    const verdict = this.equivalent ? "Equivalent" : "Not equivalent"
    const engine = this.engineWhy ? `; ${this.engineWhy}` : ""
    return `${verdict} on ${this.ran}: ${this.why}${engine}`
  }

  /** What ran, for people: the engine and its backend, or the two that were held against each other. */
  get ran(): string {
    const words = ({ engine, backend }: Ran) => `${engine} (${backend})`
    return this.against ? `${words(this.against)} against ${words(this)}` : words(this)
  }

  /**
   * Plain data, without the ratios and places channel by channel; numbers that JSON lacks become the words "Infinity"
   * and "NaN".
   */
  toJSON(): Record<string, unknown> {
    const { equivalent, why, engine, backend, engineWhy, against, probes } = this
    const { certificate, segments, endToEnd, first, mismatch } = this
    return spelled({
      equivalent,
      why,
      engine,
      backend,
      engineWhy,
      against,
      probes,
      certificate,
      segments: segments.map(({ channels: _channels, places: _places, ...segment }) => segment),
      endToEnd,
      first,
      mismatch,
    }) as Record<string, unknown>
  }
}

function spelled(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(spelled)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, spelled(inner)]])),
  )
}
