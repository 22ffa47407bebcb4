import { short } from "../equivalence/place.js"
import { U } from "../layers/index.js"
import type { Finding } from "./finding.js"

/** How coarsely numbers were stored: the largest relative and absolute error of one rounding. */
export interface Precision {
  readonly name: string
  readonly relative: number
  readonly absolute: number
}

/**
 * float32, and the roundings of a script that computes in it: 1 / factor, variance, + eps, root, quotient, two products and the
 * storage. The comparison's certificate grants as many.
 */
export const single: Precision = { name: "float32", relative: 8 * U, absolute: 2 ** -148 }

/** Coarser formats whose numbers a caffemodel may hold as float32. IEEE 754 binary16; bfloat16 is float32's upper half. */
const coarse: readonly (Precision & { readonly holds: (x: number, bits: number) => boolean })[] = [
  // Normal numbers have 10 bits below the leading one, subnormal ones steps of 2^-24.
  {
    name: "float16",
    relative: 2 ** -11 + 8 * U,
    absolute: 2 ** -25,
    holds: (x, bits) =>
      Math.abs(x) < 2 ** -14 ? Number.isInteger(x * 2 ** 24) : (bits & 0x1fff) === 0 && Math.abs(x) < 65520,
  },
  { name: "bfloat16", relative: 2 ** -7, absolute: 2 ** -133, holds: (_x, bits) => (bits & 0xffff) === 0 },
]

/** The coarser formats that hold every one of these numbers exactly; none for a few or for round numbers that say nothing. */
export function coarsePrecisions(...blobs: readonly (Float32Array | undefined)[]): Precision[] {
  const numbers = blobs.flatMap((data) => (data ? [data] : []))
  // Down to a 64th of the unit the numbers are small fractions: any format holds them.
  const telling = numbers.some((data) => data.some((x) => Number.isFinite(x) && !Number.isInteger(x * 64)))
  if (!telling) return []
  return coarse.filter(({ holds }) =>
    numbers.every((data) => {
      const bits = new Int32Array(data.buffer, data.byteOffset, data.length)
      return data.every((x, i) => !Number.isFinite(x) || holds(x, bits[i]!))
    }),
  )
}

/** What storing coarser numbers means. */
export function roundedTo({ name, relative }: Precision): Pick<Finding, "bug" | "explanation" | "fix"> {
  return {
    bug: `rounded to ${name}`,
    explanation: `every number is one that ${name} holds: right otherwise, but off by up to ${short(relative, 2)} of its size`,
    fix: "store the weights as float32, or accept the loss and say so",
  }
}
