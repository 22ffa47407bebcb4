/** Numbers as the page gets them: a DataView on the bytes, or a typed array in a mock. */
export function floats(view: ArrayBufferView): Float32Array {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength))
}

/** Four digits that matter. */
export function format(x: number): string {
  const size = Math.abs(x)
  if (size !== 0 && size < 1e-3) return x.toExponential(1)
  return String(Number(x.toPrecision(4)))
}
