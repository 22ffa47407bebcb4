import { PrelabError } from "../error.js"
import { type Blob, formatShape, type Shape } from "../net/index.js"
import type { WireField, WireReader } from "./wire.js"

/** A blob as the file holds it: legacy blobs state num, channels, height and width instead of a shape. */
export interface FileBlob extends Blob {
  readonly legacy: boolean
}

const field = { num: 1, width: 4, data: 5, shape: 7, doubleData: 8, rawType: 10, rawData: 12 } as const

/**
 * Reads a BlobProto. Packed float data stays a view on the file's bytes where it is aligned to 4; else it is moved into
 * alignment where the bytes are ours, or copied;
 * unpacked and double data are converted. Shape and data must agree before anything is allocated.
 */
export function readBlob(reader: WireReader): FileBlob {
  const legacy = [0, 0, 0, 0]
  let isLegacy = false
  let shape: number[] | undefined
  const floats: WireField[] = []
  const doubles: WireField[] = []
  let raw: WireField | undefined
  let rawType = 1
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.number >= field.num && at.number <= field.width && at.wire === 0) {
      legacy[at.number - 1] = int32At(reader, at)
      isLegacy = true
    } else if (at.number === field.data) floats.push({ ...at })
    else if (at.number === field.doubleData) doubles.push({ ...at })
    else if (at.number === field.shape && at.wire === 2) shape = readShape(reader.inside(at))
    else if (at.number === field.rawType && at.wire === 0) rawType = int32At(reader, at)
    else if (at.number === field.rawData && at.wire === 2) raw = { ...at }
  }
  const data =
    doubles.length > 0
      ? toFloats(reader, doubles, 8)
      : floats.length > 0 || raw === undefined
        ? toFloats(reader, floats, 4)
        : fromRaw(reader, raw, rawType)
  const dims = isLegacy ? legacy : (shape ?? [])
  return { shape: checked(dims, data.length), data, legacy: isLegacy }
}

function checked(shape: Shape, values: number): Shape {
  let n = 1
  for (const extent of shape) {
    if (extent < 0) throw new PrelabError("negative blob dimension", formatShape(shape))
    n *= extent
  }
  if (n > 2 ** 31 - 1) throw new PrelabError("blob larger than Caffe allows", formatShape(shape))
  if (n !== values)
    throw new PrelabError("blob data does not fill its shape", `${values} values for ${formatShape(shape)}`)
  return shape
}

function readShape(reader: WireReader): number[] {
  const dims: number[] = []
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.number !== 1) continue
    if (at.wire === 0) dims.push(int64At(reader, at.from))
    else if (at.wire === 2) {
      const packed = reader.inside(at)
      while (packed.at < packed.end) {
        const start = packed.at
        packed.varint()
        dims.push(int64At(reader, start))
      }
    }
    // Caffe allows 32 axes (blob.hpp, kMaxBlobAxes); a longer list is a damaged file.
    if (dims.length > 32) throw new PrelabError("blob with more than 32 axes", dims.length)
  }
  return dims
}

/** A varint as a signed 64-bit number: negative dimensions are ten bytes long. */
function int64At(reader: WireReader, at: number): number {
  let value = 0n
  for (let shift = 0n; ; shift += 7n, at++) {
    const byte = reader.bytes[at]!
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return Number(BigInt.asIntN(64, value))
  }
}

function int32At(reader: WireReader, at: WireField): number {
  return int64At(reader, at.from) | 0
}

/** Packed runs and single values, in file order, as float32. */
function toFloats(
  { bytes, view, moves }: WireReader,
  parts: readonly WireField[],
  size: 4 | 8,
): Float32Array {
  let total = 0
  for (const part of parts) {
    if ((part.to - part.from) % size !== 0 || part.wire === 0) {
      throw new PrelabError(
        "packed data not a multiple of its size",
        `${part.to - part.from} bytes at byte ${part.from}`,
      )
    }
    total += (part.to - part.from) / size
  }
  const [only] = parts
  if (size === 4 && parts.length === 1 && only) {
    const offset = bytes.byteOffset + only.from
    if (offset % 4 === 0) return new Float32Array(bytes.buffer, offset, total)
    if (!moves) return new Float32Array(bytes.buffer.slice(offset, offset + total * 4))
    // At most three bytes back, over this blob's own tags and lengths, which have been read.
    const shift = offset % 4
    moves.push({
      at: only.from - shift,
      original: Uint8Array.from(bytes.subarray(only.from - shift, only.from)),
    })
    bytes.copyWithin(only.from - shift, only.from, only.to)
    return new Float32Array(bytes.buffer, offset - shift, total)
  }
  const data = new Float32Array(total)
  let i = 0
  for (const part of parts) {
    for (let at = part.from; at < part.to; at += size) {
      data[i++] = size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true)
    }
  }
  return data
}

/** NVCaffe's raw_data: double, float or half precision bytes. */
function fromRaw(reader: WireReader, raw: WireField, type: number): Float32Array {
  if (type === 0) return toFloats(reader, [raw], 8)
  if (type === 1) return toFloats(reader, [raw], 4)
  if (type !== 2)
    throw new PrelabError(
      "raw data type not supported",
      ["DOUBLE", "FLOAT", "FLOAT16", "INT", "UINT"][type] ?? type,
    )
  if ((raw.to - raw.from) % 2 !== 0)
    throw new PrelabError("packed data not a multiple of its size", `${raw.to - raw.from} bytes`)
  const data = new Float32Array((raw.to - raw.from) / 2)
  for (let i = 0; i < data.length; i++) data[i] = fromHalf(reader.view.getUint16(raw.from + 2 * i, true))
  return data
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
