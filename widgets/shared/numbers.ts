/** Numbers as the page gets them: a DataView on the bytes, or a typed array in a mock. */
export function floats(view: ArrayBufferView): Float32Array {
  return new Float32Array(bytes(view).buffer)
}

/** A copy of the bytes, as pictures take them. */
export function bytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray((buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength))
}

export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
}

/** Four digits that matter. */
export function format(x: number): string {
  const size = Math.abs(x)
  if (size !== 0 && size < 1e-3) return x.toExponential(1)
  return String(Number(x.toPrecision(4)))
}
