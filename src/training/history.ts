import { PrelabError } from "../error.js"

/**
 * A value at an iteration. Losses count from the iteration they were computed in (0 is the first), tests from
 * those done.
 */
export interface Point {
  readonly iteration: number
  readonly value: number
}

/** A PReLU layer's slopes at one moment of training. */
export interface SlopeSnapshot {
  readonly iteration: number
  readonly slopes: Readonly<Record<string, readonly number[]>>
}

/** One training run as it was recorded. */
export interface History {
  readonly loss: readonly Point[]
  readonly accuracy: readonly Point[]
  readonly slopes: readonly SlopeSnapshot[]
  /** In the last test the net's outputs were not numbers (NaN): its accuracy says nothing. */
  readonly notNumbers: boolean
}

/**
 * Reads a recorded history. Two forms are known: `{ loss: [{ iteration, loss }], test: [{ iteration, accuracy
 * }], slopes }` as `prelab train` writes it, and `{ loss: number[], accuracy: [{ iteration, accuracy }],
 * slopes }`, one loss an iteration. A slopes entry is `{ iteration, <layer>: number[], … }`.
 *
 * @throws PrelabError when there is no loss, or a part has neither form
 */
export function readHistory(recorded: unknown, name = "history"): History {
  if (!isObject(recorded)) throw new PrelabError("not a training history", name)
  const { loss, test, accuracy, slopes } = recorded
  const losses = list(loss, "loss", name).map((entry, i) => ({
    iteration: isObject(entry) ? number(entry.iteration, "iteration", name) : i,
    value: number(isObject(entry) ? entry.loss : entry, "loss", name),
  }))
  if (losses.length === 0) throw new PrelabError("history without losses", name)
  const tests = list(test ?? accuracy ?? [], "test", name).flatMap((entry) => {
    if (!isObject(entry)) throw new PrelabError("test entry not understood", `${entry} in ${name}`)
    // A test may have recorded a loss alone: it has no accuracy to show.
    if (entry.accuracy === undefined) return []
    const value = number(entry.accuracy, "accuracy", name)
    return [{ iteration: number(entry.iteration, "iteration", name), value }]
  })
  return {
    loss: losses,
    accuracy: tests,
    notNumbers: isNotNumbers(list(test ?? accuracy ?? [], "test", name).at(-1)),
    slopes: list(slopes ?? [], "slopes", name).map((entry) => snapshot(entry, name)),
  }
}

/** Whether a test says so; JSON writes a loss that is no number as null. */
function isNotNumbers(test: unknown): boolean {
  if (!isObject(test)) return false
  return test.notNumbers === true || test.loss === null || Number.isNaN(test.loss)
}

function snapshot(entry: unknown, name: string): SlopeSnapshot {
  if (!isObject(entry)) throw new PrelabError("slopes entry not understood", `${entry} in ${name}`)
  const { iteration, ...layers } = entry
  const slopes = Object.entries(layers).map(([layer, values]) => [
    layer,
    list(values, `slopes of ${layer}`, name).map((value) => number(value, `slope of ${layer}`, name)),
  ])
  return { iteration: number(iteration, "iteration", name), slopes: Object.fromEntries(slopes) }
}

/** Whether an object is one history rather than several by name. */
export function isHistory(value: unknown): boolean {
  return isObject(value) && isList(value.loss)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isList(value)
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

function list(value: unknown, what: string, name: string): unknown[] {
  if (!isList(value)) throw new PrelabError(`${what} is no list`, `${typeof value} in ${name}`)
  return Array.from(value)
}

/** A diverged run's loss may be NaN or infinite, and JSON writes both as null: they stay, as NaN. */
function number(value: unknown, what: string, name: string): number {
  if (value === null) return Number.NaN
  if (typeof value !== "number")
    throw new PrelabError(`${what} is no number`, `${JSON.stringify(value)} in ${name}`)
  return value
}
