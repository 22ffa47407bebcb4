// Is it the right answer? Who computes something else is not timed.

/** @typedef {import("./cases.mjs").Expected} Expected */

/**
 * How many times farther than rounding alone an answer may lie from the reference's. The rounding floor is what random
 * half ulps in every blob do to the outputs; another order of summation makes errors that grow with the root of a sum's
 * length (48 here at most), and a Winograd convolution a few times that. A wrong pad, slope or eps is farther away by
 * orders of magnitude, and an output cut off after single digits too.
 */
export const farFromRight = 256

/** @typedef {{ difference: number, floors: number }} Difference largest in the outputs' own unit, and in rounding floors */

/**
 * @param {Record<string, Float32Array>} outputs
 * @param {Expected} expected
 * @returns {Difference}
 * @throws Error where an output is missing, of another size, or wrong
 */
export function checkedDifference(outputs, expected) {
  let [difference, floors] = [0, 0]
  for (const [blob, { data, floor }] of Object.entries(expected)) {
    const got = outputs[blob]
    if (got?.length !== data.length)
      throw new Error(`wrong answer: ${blob} has ${got?.length ?? "no"} values, not ${data.length}`)
    const gap = largestGap(got, data)
    difference = Math.max(difference, gap)
    floors = Math.max(floors, gap / floor)
  }
  if (!(floors <= farFromRight))
    throw new Error(`wrong answer: ${difference.toPrecision(2)} away, ${Math.round(floors)} rounding floors`)
  return { difference, floors }
}

/**
 * @param {Float32Array} x
 * @param {Float32Array} y
 */
function largestGap(x, y) {
  let largest = 0
  for (let i = 0; i < x.length; i++) {
    const gap = Math.abs(x[i] - y[i])
    if (!(gap <= largest)) largest = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap
  }
  return largest
}
