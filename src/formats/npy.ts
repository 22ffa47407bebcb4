import { PrelabError } from "../error.js"
import { type Blob, count, formatShape } from "../net/index.js"

const magic = "\x93NUMPY"

/**
 * Reads a NumPy array file (format versions 1 to 3) as float32: `<f4` as it is, other little-endian number types converted.
 * NumPy Enhancement Proposal 1.
 * @throws PrelabError when it is no .npy file, is Fortran-ordered, of another type, or shorter than its shape
 */
export function readNpy(bytes: Uint8Array): Blob {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
  if (bytes.length < 10 || latin(0, 6) !== magic)
    throw new PrelabError("not a .npy file", JSON.stringify(latin(0, 6)))
  const wide = bytes[6]! > 1
  const start = wide ? 12 : 10
  if (bytes.length < start) throw new PrelabError("damaged .npy header", `${bytes.length} bytes`)
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true)
  const header = latin(start, start + length)
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1]
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1]
  if (type === undefined || shape === undefined) throw new PrelabError("damaged .npy header", header.trim())
  // With one axis or none the two orders are one.
  if (/'fortran_order':\s*True/.test(header) && numbers(shape).length > 1)
    throw new PrelabError("Fortran order not supported", formatShape(numbers(shape)))
  const extents = numbers(shape)
  if (extents.length > 32 || !extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new PrelabError("damaged .npy shape", `(${shape})`)
  return { shape: extents, data: values(view, start + length, type, count(extents)) }
}

function numbers(tuple: string): number[] {
  return tuple
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(Number)
}

const readers: Readonly<Record<string, { size: number; read: (view: DataView, at: number) => number }>> = {
  "<f4": { size: 4, read: (view, at) => view.getFloat32(at, true) },
  "<f8": { size: 8, read: (view, at) => view.getFloat64(at, true) },
  "<i4": { size: 4, read: (view, at) => view.getInt32(at, true) },
  "<i8": { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  "|u1": { size: 1, read: (view, at) => view.getUint8(at) },
  "|i1": { size: 1, read: (view, at) => view.getInt8(at) },
}

function values(view: DataView, offset: number, type: string, n: number): Float32Array {
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader === undefined)
    throw new PrelabError("array type not supported", type, { hint: "save it as float32" })
  const available = Math.floor((view.byteLength - offset) / reader.size)
  if (!(n <= available)) throw new PrelabError(".npy data too short", `${available} of ${n} values`)
  const data = new Float32Array(n)
  for (let i = 0; i < n; i++) data[i] = reader.read(view, offset + i * reader.size)
  return data
}

/**
 * A blob as a .npy file: version 1.0, little-endian float32, C order.
 *
 * @throws PrelabError when the file would be larger than 2 GiB
 */
export function writeNpy({ shape, data }: Blob): Uint8Array {
  if (data.length > 2 ** 29) throw new PrelabError("array larger than 2 GiB", formatShape(shape))
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`
  // The header ends in a newline and is padded so that the data starts at a multiple of 64.
  const padded = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`
  const bytes = new Uint8Array(10 + padded.length + 4 * data.length)
  const view = new DataView(bytes.buffer)
  bytes.set(Buffer.from(magic, "latin1"))
  bytes.set([1, 0], 6)
  view.setUint16(8, padded.length, true)
  bytes.set(Buffer.from(padded, "latin1"), 10)
  for (let i = 0, at = 10 + padded.length; i < data.length; i++, at += 4) view.setFloat32(at, data[i]!, true)
  return bytes
}
