/** The largest divisor of `n` up to `limit`, at least 1: how many rounds of a loop are written out as one. */
export function largestDivisor(n: number, limit: number): number {
  for (let divisor = Math.min(n, Math.floor(limit)); divisor > 1; divisor--)
    if (n % divisor === 0) return divisor
  return 1
}
