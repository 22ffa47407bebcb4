import type { CockpitRun } from "../../src/widgets/cockpit-state.js"
import { floats } from "../shared/numbers.js"

/** One value, or the mean of several neighbours with the least and the largest of them. */
export interface Point {
  /** The first and the last iteration that it stands for. */
  readonly from: number
  readonly to: number
  readonly value: number
  readonly least: number
  readonly largest: number
}

/** A run as it is drawn. */
export interface Run {
  readonly name: string
  readonly iteration: number
  readonly loss: readonly Point[]
  readonly slopes: readonly (readonly Point[])[]
  readonly accuracy: readonly (readonly [iteration: number, accuracy: number])[]
  readonly changes: CockpitRun["changes"]
}

const read = new WeakMap<CockpitRun, Run>()

/** The kernel's numbers as points; each run is read once. */
export function runOf(run: CockpitRun): Run {
  const known = read.get(run)
  if (known) return known
  const pairs = floats(run.accuracy)
  const made: Run = {
    name: run.name,
    iteration: run.iteration,
    loss: pointsOf(floats(run.loss)),
    slopes: run.slopes.map((slopes) => pointsOf(floats(slopes))),
    accuracy: Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i]!, pairs[2 * i + 1]!]),
    changes: run.changes,
  }
  read.set(run, made)
  return made
}

function pointsOf(numbers: Float32Array): Point[] {
  return Array.from({ length: numbers.length / 4 }, (_, i) => {
    const [to, value, least, largest] = numbers.subarray(4 * i, 4 * i + 4)
    const from = i === 0 ? Math.min(0, to!) : numbers[4 * i - 4]! + 1
    return { from, to: to!, value: value!, least: least!, largest: largest! }
  })
}

/**
 * Exponential moving average, weighted by time: a point that stands for n iterations counts as n. Divided by what of the
 * weights there is so far, so that the beginning is not pulled towards zero (Kingma & Ba 2015, "Adam", section 3).
 * Values that are not finite are passed over.
 */
export function smoothed(points: readonly Point[], weight: number): number[] {
  let sum = 0
  let remaining = 1
  return points.map(({ from, to, value }) => {
    if (!Number.isFinite(value)) return value
    const decay = weight ** (to - from + 1)
    sum = decay * sum + (1 - decay) * value
    remaining *= decay
    return sum / (1 - remaining)
  })
}

/** Where in a run's points this iteration is; the nearest one before it, where there is none. */
export function indexAt(points: readonly Point[], iteration: number): number {
  const after = points.findIndex(({ to }) => to >= iteration)
  return after < 0 ? points.length - 1 : after
}
