/** Unit roundoff of float32 (IEEE 754 binary32, round to nearest): 2^-24. */
export const U = 2 ** -24

/** What one operation can lose to gradual underflow: half the smallest subnormal, 2^-150. */
export const ETA = 2 ** -150

/** Higham's gamma_n = n u / (1 - n u): the relative bound after n roundings, whatever the order of a sum. */
export function gamma(n: number): number {
  return (n * U) / (1 - n * U)
}
