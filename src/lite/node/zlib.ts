import * as fflate from "fflate"

// Node's synchronous compression over fflate, which leaves checksums to its caller.

interface Limits {
  /** Larger results are an error. */
  maxOutputLength?: number
}

export function gzipSync(data: Uint8Array, { level = 6 }: { level?: number } = {}): Buffer {
  return bufferOf(fflate.gzipSync(data, { level: level as 6, mtime: 0 }))
}

export function gunzipSync(data: Uint8Array, limits: Limits = {}): Buffer {
  const { length } = data
  if (length < 18) throw dataError("unexpected end of file")
  const end = new DataView(data.buffer, data.byteOffset + length - 8, 8)
  const size = end.getUint32(4, true)
  checkSize(size, limits)
  const plain = unpacked(() => fflate.gunzipSync(data, { out: new Uint8Array(size) }))
  if (plain.length !== size) throw dataError("incorrect length check")
  if (crc32(plain) !== end.getUint32(0, true)) throw dataError("incorrect data check")
  return bufferOf(plain)
}

export function deflateSync(data: Uint8Array, { level = 6 }: { level?: number } = {}): Buffer {
  return bufferOf(fflate.zlibSync(data, { level: level as 6 }))
}

export function inflateSync(data: Uint8Array, limits: Limits = {}): Buffer {
  const plain = unpacked(() => fflate.unzlibSync(data))
  checkSize(plain.length, limits)
  const check = new DataView(data.buffer, data.byteOffset + data.length - 4, 4).getUint32(0)
  if (adler32(plain) !== check) throw dataError("incorrect data check")
  return bufferOf(plain)
}

export function deflateRawSync(data: Uint8Array, { level = 6 }: { level?: number } = {}): Buffer {
  return bufferOf(fflate.deflateSync(data, { level: level as 6 }))
}

export function inflateRawSync(data: Uint8Array, limits: Limits = {}): Buffer {
  const plain = unpacked(() => fflate.inflateSync(data))
  checkSize(plain.length, limits)
  return bufferOf(plain)
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

export function crc32(data: Uint8Array | string, value = 0): number {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data
  let rest = ~value
  for (const byte of bytes) rest = crcTable[(rest ^ byte) & 0xff]! ^ (rest >>> 8)
  return ~rest >>> 0
}

function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65521
    high = (high + low) % 65521
  }
  return high * 65536 + low
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}

function unpacked(unpack: () => Uint8Array): Uint8Array {
  try {
    return unpack()
  } catch (cause) {
    throw Object.assign(dataError((cause as Error).message), { cause })
  }
}

function checkSize(size: number, { maxOutputLength = Number.POSITIVE_INFINITY }: Limits): void {
  if (size <= maxOutputLength) return
  const error = new RangeError(`Cannot create a Buffer larger than ${maxOutputLength} bytes`)
  throw Object.assign(error, { code: "ERR_BUFFER_TOO_LARGE" })
}

function dataError(message: string): Error {
  return Object.assign(new Error(message), { code: "Z_DATA_ERROR", errno: -3 })
}

export default {
  ...{ gzipSync, gunzipSync, deflateSync, inflateSync, deflateRawSync, inflateRawSync, crc32 },
}
