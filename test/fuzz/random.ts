/** mulberry32: 32 bits of state, so that a failing run is named by its number alone. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Random = ReturnType<typeof randomFrom>

/** A whole number from 0 to `n - 1`. */
export function below(random: Random, n: number): number {
  return Math.floor(random() * n)
}

export function pick<T>(random: Random, list: readonly T[]): T {
  return list[below(random, list.length)]!
}
