import { checkStop } from "../stop.js"

/** Values that take some milliseconds. */
const PART = 2 ** 18

/** Calls `visit(from, to)` for the parts of an array one after the other: between two a Stop can end the work. */
export function eachPart(length: number, visit: (from: number, to: number) => void): void {
  for (let from = 0; from < length; from += PART) {
    checkStop()
    visit(from, Math.min(from + PART, length))
  }
}

/** `values.map(…)` in parts. */
export function mapped<F extends Float32Array | Float64Array>(
  values: F,
  change: (value: number, i: number) => number,
): F {
  const made = new (values.constructor as new (length: number) => F)(values.length)
  eachPart(made.length, (from, to) => {
    for (let i = from; i < to; i++) made[i] = change(values[i]!, i)
  })
  return made
}

/** What was added up in double, rounded. */
export function rounded(sums: Float64Array): Float32Array {
  const made = new Float32Array(sums.length)
  eachPart(sums.length, (from, to) => made.set(sums.subarray(from, to), from))
  return made
}
