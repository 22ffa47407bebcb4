import { ETA, U } from "./rounding.js"

/** a - b, and how far it may be off when its operands carry errors. */
export function differences(
  a: Float32Array,
  b: Float32Array,
  ea: Float64Array,
  eb: Float64Array,
): { difference: Float32Array; error: Float64Array } {
  const difference = a.map((v, i) => v - b[i]!)
  const error = Float64Array.from(difference, (d, i) => {
    const moved = ea[i]! + eb[i]!
    return moved + U * (Math.abs(d) + moved)
  })
  return { difference, error }
}

/** How far v^2 may be off when v is within `error`; the square's own rounding is the sum's. */
export function squareError(v: number, error: number): number {
  return error * (2 * Math.abs(v) + error) + ETA
}
