import { PrelabError } from "../error.js"
import { nearest } from "../net/index.js"
import { type History, isHistory, type Point, readHistory } from "./history.js"
import { preluDiscussion, type QuotedFigures } from "./prelu-discussion.js"
import { smooth } from "./smoothing.js"

export interface LossCurvesOptions {
  /** Weight of the moving average, 0 to below 1; unless told 0.95, and less where every run is short. */
  readonly smoothing?: number
  /** Figures to show beside the curves: `"prelu-discussion"`, or your own. */
  readonly quoted?: "prelu-discussion" | QuotedFigures
}

/** One run with its summary. */
export interface LossCurve extends History {
  readonly name: string
  /** The loss smoothed, at the iterations of `loss`. */
  readonly smoothed: readonly number[]
  readonly firstLoss: number
  /** `meanOfLast` of its losses: one batch's loss alone says little. */
  readonly lastMean: number
  /** The last test's accuracy; absent when there was no test. */
  readonly finalAccuracy: number | undefined
}

/** The mean of the last 50 losses; of a short run's last third, so that its beginning does not count as its end. */
export function meanOfLast(losses: readonly number[]): number {
  const last = losses.slice(-Math.min(50, Math.ceil(losses.length / 3)))
  return last.reduce((sum, loss) => sum + loss, 0) / last.length
}

/** The remark beside the accuracy of a net whose outputs are NaN. */
export function notNumbersOf(name: string): string {
  return `${name}: outputs are not numbers (NaN), so its accuracy says nothing`
}

/** Training runs side by side. */
export class LossCurves {
  readonly runs: readonly LossCurve[]
  /** Names of runs whose loss histories are identical to the last bit, group by group. */
  readonly identical: readonly (readonly string[])[]
  readonly smoothing: number
  readonly quoted: QuotedFigures | undefined

  constructor(runs: readonly LossCurve[], smoothing: number, quoted: QuotedFigures | undefined) {
    this.runs = runs
    this.identical = identicalRuns(runs)
    this.smoothing = smoothing
    this.quoted = quoted
  }

  /** What is identical, in words; empty when nothing is. */
  get remarks(): string[] {
    return this.identical.map(
      ([first, ...others]) => `${enumerate([first!, ...others])}: identical to the last bit`,
    )
  }

  /** Accuracies that say nothing. */
  get warnings(): string[] {
    return this.runs
      .filter(({ notNumbers, finalAccuracy }) => notNumbers && finalAccuracy !== undefined)
      .map(({ name }) => notNumbersOf(name))
  }

  /** One line, as text output shows it. */
  toString(): string {
    const runs = this.runs.map((run) => {
      const accuracy = run.finalAccuracy === undefined ? "" : `, accuracy ${run.finalAccuracy.toFixed(4)}`
      return `${run.name} ${digits(run.firstLoss)} → ${digits(run.lastMean)}${accuracy}`
    })
    const quoted = this.quoted
      ? [`${this.quoted.figures.length} figures quoted from ${this.quoted.source}`]
      : []
    return ["Loss curves", [...runs, ...this.remarks, ...this.warnings, ...quoted].join("; ")].join(": ")
  }

  /** The summaries and the quoted figures; the histories themselves are the caller's. */
  toJSON(): object {
    const runs = this.runs.map(({ name, loss, firstLoss, lastMean, finalAccuracy }) => {
      return { name, iterations: loss.length, firstLoss, lastMean, finalAccuracy }
    })
    return { runs, identical: this.identical, smoothing: this.smoothing, quoted: this.quoted }
  }
}

/**
 * Loss and accuracy curves of recorded training runs: of one history, of several by name, or of the histories
 * in a list.
 *
 * ```ts
 * lossCurves({ relu, prelu }, { quoted: "prelu-discussion" })
 * lossCurves("prelu-discussion")     // the figures quoted in the discussion that brought PReLU to Caffe
 * ```
 *
 * @param runs histories in the forms that `readHistory` knows
 * @throws PrelabError when a history is none, or the smoothing is not in [0, 1)
 */
export function lossCurves(runs: unknown, options: LossCurvesOptions = {}): LossCurves {
  const quoted = options.quoted ?? (typeof runs === "string" ? runs : undefined)
  const named = typeof runs === "string" ? [] : byName(runs)
  const histories = named.map(([name, recorded]) => [name, readHistory(recorded, name)] as const)
  const { smoothing = smoothingFor(Math.max(0, ...histories.map(([, { loss }]) => loss.length))) } = options
  if (!(smoothing >= 0 && smoothing < 1)) throw new PrelabError("smoothing not in [0, 1)", smoothing)
  const curves = histories.map(([name, history]) => curve(name, history, smoothing))
  return new LossCurves(curves, smoothing, quoted === undefined ? undefined : figures(quoted))
}

/** An average over 1 / (1 - w) losses lags by as many iterations: it takes a fortieth of the longest run at most. */
export function smoothingFor(losses: number): number {
  return Math.min(0.95, Math.max(0, Math.round(100 - 4000 / losses) / 100))
}

function byName(runs: unknown): [string, unknown][] {
  if (isHistory(runs)) return [[nameOf(runs, "training"), runs]]
  if (Array.isArray(runs)) return runs.map((run, i) => [nameOf(run, `run ${i + 1}`), run])
  if (typeof runs === "object" && runs !== null) return Object.entries(runs)
  throw new PrelabError("not a training history", String(runs))
}

/** A history may carry its own name. */
function nameOf(run: unknown, otherwise: string): string {
  const { name, tag } = (run ?? {}) as { name?: unknown; tag?: unknown }
  return [name, tag].find((candidate): candidate is string => typeof candidate === "string") ?? otherwise
}

function figures(quoted: string | QuotedFigures): QuotedFigures {
  if (typeof quoted !== "string") return quoted
  if (quoted === "prelu-discussion") return preluDiscussion
  const hint = nearest(quoted, ["prelu-discussion"])
  throw new PrelabError("unknown figures", quoted, {
    hint: hint ? `did you mean "${hint}"?` : 'known: "prelu-discussion"',
  })
}

function curve(name: string, history: History, smoothing: number): LossCurve {
  const losses = history.loss.map(({ value }) => value)
  return {
    ...history,
    name,
    smoothed: smooth(losses, smoothing),
    firstLoss: losses[0]!,
    lastMean: meanOfLast(losses),
    finalAccuracy: history.accuracy.at(-1)?.value,
  }
}

/** Groups of two and more runs with the same losses at the same iterations. */
function identicalRuns(runs: readonly LossCurve[]): string[][] {
  const groups: LossCurve[][] = []
  for (const run of runs) {
    const group = groups.find(([first]) => samePoints(first!.loss, run.loss))
    if (group) group.push(run)
    else groups.push([run])
  }
  return groups.filter((group) => group.length > 1).map((group) => group.map(({ name }) => name))
}

function samePoints(a: readonly Point[], b: readonly Point[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ iteration, value }, i) => iteration === b[i]!.iteration && Object.is(value, b[i]!.value))
  )
}

function enumerate(names: readonly string[]): string {
  return names.length === 2 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
}

function digits(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(4))) : String(x)
}
