const multiplier = 0x5bd1e995

/**
 * MurmurHash2, 32 bit, of a text's UTF-8 bytes. JupyterLab computes it too: the hash of a cell's code is how both
 * sides name the cell's source file without asking each other.
 */
export function murmur2(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length & ~3
  let hash = seed ^ bytes.length
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(view.getInt32(at, true), multiplier)
    hash = Math.imul(hash, multiplier) ^ Math.imul(word ^ (word >>> 24), multiplier)
  }
  const rest = bytes.subarray(whole)
  rest.forEach((byte, i) => {
    hash ^= byte << (8 * i)
  })
  if (rest.length > 0) hash = Math.imul(hash, multiplier)
  hash = Math.imul(hash ^ (hash >>> 13), multiplier)
  return (hash ^ (hash >>> 15)) >>> 0
}
