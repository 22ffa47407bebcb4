import { reference } from "../engines/reference.js"
import type { NetCalls } from "../layers/index.js"
import { sameShape, type Value } from "../net/index.js"
import type { Shared } from "./correspond.js"

/** Largest relative difference at which two values of one forward pass count as the same blob: far above rounding, far below chance. */
const ALIKE = 1e-3

/** The data of one forward pass, inputs of net b taken from the same names. */
export interface Trial {
  readonly a: ReadonlyMap<Value, Float32Array>
  readonly b: ReadonlyMap<Value, Float32Array>
}

/** Two values that may be one. */
export interface Candidate extends Shared {
  /** Do they count as alike where both are all zeros, because something else speaks for them? */
  readonly zeros?: boolean
}

/** Those of the candidates whose values agree roughly in the trial. */
export async function alikeAmong(
  a: NetCalls,
  b: NetCalls,
  candidates: readonly Candidate[],
  trial: Trial,
): Promise<Shared[]> {
  if (candidates.length === 0) return []
  const x = await run(
    a,
    candidates.map((pair) => pair.a),
    trial.a,
  )
  const y = await run(
    b,
    candidates.map((pair) => pair.b),
    trial.b,
  )
  return candidates.filter((pair) => isAlike(x.get(pair.a)!, y.get(pair.b)!, pair.zeros))
}

/** Pairs values by what they hold alone, in running order, each with the first of its shape that agrees: for nets with other names. */
export async function alikeAnywhere(
  a: NetCalls,
  b: NetCalls,
  left: readonly Value[],
  right: readonly Value[],
  trial: Trial,
): Promise<Shared[]> {
  const [x, y] = [await run(a, left, trial.a), await run(b, right, trial.b)]
  const open = new Set(right)
  return left.flatMap((value) => {
    for (const other of open) {
      if (!sameShape(a.shapes.get(value)!, b.shapes.get(other)!) || !isAlike(x.get(value)!, y.get(other)!))
        continue
      open.delete(other)
      return [{ a: value, b: other }]
    }
    return []
  })
}

async function run(calls: NetCalls, wanted: readonly Value[], data: ReadonlyMap<Value, Float32Array>) {
  return (await reference.compile(calls, [...new Set(wanted)])).run(data)
}

function isAlike(x: Float32Array, y: Float32Array, zeros = false): boolean {
  let largest = 0
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!))
  // All zeros look like any other zeros.
  if (largest === 0) return zeros && y.every((each) => each === 0)
  if (!(largest < Number.POSITIVE_INFINITY)) return false
  for (let i = 0; i < x.length; i++) if (!(Math.abs(x[i]! - y[i]!) <= ALIKE * largest)) return false
  return true
}
