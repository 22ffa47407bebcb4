import { mapped } from "./parts.js"

/**
 * Which values a Dropout layer keeps in training: 1 with probability 1 - ratio, else 0. Drawn from the layer's name and a seed, so that two runs, and
 * two engines, drop the same ones; Caffe draws anew in every pass.
 */
export function dropoutMask(name: string, length: number, ratio: number, seed = 1): Float32Array {
  const next = generator(hash(name, seed))
  return mapped(new Float32Array(length), () => (next() < ratio ? 0 : 1))
}

/** FNV-1a over the name, started from the seed. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(name: string, seed: number): number {
  let value = (0x811c9dc5 ^ seed) >>> 0
  for (const byte of new TextEncoder().encode(name)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** A 32-bit xorshift generator (Marsaglia 2003, "Xorshift RNGs", triple 13, 17, 5) in [0, 1). */
function generator(start: number): () => number {
  let state = start || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
