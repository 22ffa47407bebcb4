/** Bytes that arrive in chunks of any length and are taken out in pieces of any other. */
export class ByteQueue {
  /** How many bytes there are to take. */
  length = 0
  #chunks: Buffer[] = []

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.length += chunk.length
  }

  /** The next bytes: a view of their chunk, or a copy where they lie in several. No byte is copied twice. */
  take(count: number): Buffer {
    this.length -= count
    const [first] = this.#chunks
    if (first && first.length > count) {
      this.#chunks[0] = first.subarray(count)
      return first.subarray(0, count)
    }
    const piece = Buffer.allocUnsafeSlow(count)
    let used = 0
    for (let filled = 0; filled < count; ) {
      const chunk = this.#chunks[used]!
      const copied = chunk.copy(piece, filled)
      filled += copied
      if (copied === chunk.length) used++
      else this.#chunks[used] = chunk.subarray(copied)
    }
    this.#chunks.splice(0, used)
    return piece
  }
}

/**
 * These bytes in an ArrayBuffer of their own: a structured clone of a view takes all the memory below it along,
 * and readers of numbers want an offset of 0.
 */
export function owned(bytes: Buffer): Buffer {
  if (bytes.length === bytes.buffer.byteLength) return bytes
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}
