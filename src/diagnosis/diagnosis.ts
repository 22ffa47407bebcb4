import type { OutputDifference } from "../equivalence/index.js"
import { short } from "../equivalence/place.js"
import type { Finding } from "./finding.js"

export interface DiagnosisFields {
  readonly equivalent: boolean
  readonly findings: readonly Finding[]
  readonly why: string
  readonly outputs: readonly OutputDifference[]
}

/** What went wrong between a net and somebody's rewrite of it: nothing, known mistakes, or places that nobody can explain. */
export class Diagnosis implements DiagnosisFields {
  readonly equivalent: boolean
  readonly findings: readonly Finding[]
  /** The comparison's own sentence, or why it could not be made. */
  readonly why: string
  /** How far the outputs are apart, next to what rounding alone does; empty where the nets could not run. */
  readonly outputs: readonly OutputDifference[]

  constructor({ equivalent, findings, why, outputs }: DiagnosisFields) {
    this.equivalent = equivalent
    this.findings = findings
    this.why = why
    this.outputs = outputs
  }

  /** The findings by what is wrong, the most frequent first. */
  get bugs(): { readonly bug: string; readonly findings: readonly Finding[] }[] {
    const groups = new Map<string, Finding[]>()
    for (const finding of this.findings) {
      const group = groups.get(finding.bug)
      if (group) group.push(finding)
      else groups.set(finding.bug, [finding])
    }
    return [...groups]
      .map(([bug, findings]) => ({ bug, findings }))
      .sort((x, y) => y.findings.length - x.findings.length)
  }

  toString(): string {
    if (this.equivalent) return `Nothing went wrong: ${this.why}`
    const bugs = this.bugs.map(({ bug, findings }) => `${bug} (${placesOf(findings)})`)
    const moved = this.outputs.map(
      ({ output, difference, largest }) => `${output} is off by ${short(difference)} of ${short(largest)}`,
    )
    return `Not equivalent: ${[bugs.join(", "), ...moved].join("; ")}`
  }

  /** Plain data; numbers that JSON lacks become the words "Infinity" and "NaN". */
  toJSON(): Record<string, unknown> {
    const { equivalent, why, findings, outputs } = this
    return spelled({ equivalent, why, summary: String(this), findings, outputs }) as Record<string, unknown>
  }
}

/** `conv1, conv2 and 4 more` */
function placesOf(findings: readonly Finding[]): string {
  const names = [...new Set(findings.map(({ layer }) => layer))]
  const [shown, more] = [names.slice(0, 3).join(", "), names.length - 3]
  return more > 0 ? `${shown} and ${more} more` : shown
}

function spelled(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (Array.isArray(value)) return value.map(spelled)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, spelled(inner)]])),
  )
}
