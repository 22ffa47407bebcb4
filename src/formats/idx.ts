import { PrelabError } from "../error.js"
import { type Blob, count, formatShape } from "../net/index.js"

/**
 * Reads an array in MNIST's own format, IDX with unsigned bytes: two zeros, the type 8, the number of axes, each extent as a big-endian
 * 32-bit number, the values.
 *
 * @param scale what every value is multiplied by
 * @param most items along the first axis, at most
 * @throws PrelabError when the bytes are something else, or fewer than the shape says
 */
export function readIdx(bytes: Uint8Array, scale = 1, most = Number.POSITIVE_INFINITY): Blob {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const axes = bytes[3] ?? 0
  const start = 4 + 4 * axes
  if (bytes.length < start || view.getUint16(0) !== 0 || bytes[2] !== 8 || axes === 0)
    throw new PrelabError("not an IDX file of bytes", `${bytes.length} bytes`)
  const shape = Array.from({ length: axes }, (_, i) => view.getUint32(4 + 4 * i))
  shape[0] = Math.min(most, shape[0]!)
  const values = bytes.subarray(start, start + count(shape))
  if (values.length < count(shape))
    throw new PrelabError("IDX data too short", `${values.length} values for ${formatShape(shape)}`)
  const data = new Float32Array(values.length)
  for (let i = 0; i < data.length; i++) data[i] = values[i]! * scale
  return { shape, data }
}
