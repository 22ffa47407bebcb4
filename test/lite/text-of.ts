/** A result as text, the same wherever it was computed: every bit of arrays is in it, in base64. */
export function textOf(result: unknown): string | undefined {
  return JSON.stringify(result, (_, value) => {
    if (!ArrayBuffer.isView(value)) return value
    const bytes = Buffer.from(value.buffer as ArrayBuffer, value.byteOffset, value.byteLength)
    return { [value instanceof Float32Array ? "float32" : "bytes"]: bytes.toString("base64") }
  })
}
