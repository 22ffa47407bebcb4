/** Uniform numbers in [0, 1), 53 bits each: the same for the same seed and name, whatever else a net draws. */
export function uniform(seed: number, name: string): () => number {
  const next = words(seed, name)
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}

/** Normally distributed numbers, mean 0 and standard deviation 1 (Box and Muller 1958). */
export function gaussian(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** 32-bit words of xoshiro128** (Blackman and Vigna 2018), its state from the seed and the name by FNV-1a and splitmix32. */
function words(seed: number, name: string): () => number {
  let mixed = (0x811c9dc5 ^ seed) >>> 0
  for (const byte of new TextEncoder().encode(name)) mixed = Math.imul(mixed ^ byte, 0x01000193) >>> 0
  const split = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0
    let z = mixed
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let [a, b, c, d] = [split(), split(), split(), split()]
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result >>> 0
  }
}
