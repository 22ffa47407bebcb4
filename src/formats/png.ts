import { crc32, inflateSync } from "node:zlib"
import { PrelabError } from "../error.js"

/** A picture, 8 bits a sample, row after row: grey, grey with alpha, RGB, RGB with alpha. */
export interface DecodedPng {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 2 | 3 | 4
  readonly data: Uint8Array
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Samples a pixel by PNG's colour type. */
const samples: Readonly<Record<number, 1 | 2 | 3 | 4>> = { 0: 1, 2: 3, 4: 2, 6: 4 }

/** Samples of a picture, at most: a small file can claim to be a large one. */
const MOST = 2 ** 28

/** Whether bytes begin as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte)
}

/**
 * Reads a PNG file (ISO/IEC 15948) of 8 bits a sample, not interlaced. Colours are taken as they are stored: gamma and
 * colour profiles are not applied.
 *
 * @throws PrelabError for other kinds of PNG, and for damaged files
 */
export function decodePng(bytes: Uint8Array): DecodedPng {
  if (!isPng(bytes)) throw new PrelabError("not a PNG file", `${bytes.length} bytes`)
  const chunks = [...chunksOf(bytes)]
  const header = chunks[0]
  if (header?.type !== "IHDR" || header.data.length !== 13)
    throw new PrelabError("damaged PNG file", "it does not begin with a header")
  const view = new DataView(header.data.buffer, header.data.byteOffset, header.data.length)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const channels = channelsOf(header.data)
  if (width === 0 || height === 0 || width * height * channels > MOST)
    throw new PrelabError("PNG file of this size not read", `${width}x${height}`)
  const filtered = inflate(
    chunks.filter(({ type }) => type === "IDAT").map(({ data }) => data),
    height * (1 + width * channels),
  )
  return { width, height, channels, data: unfiltered(filtered, height, width * channels, channels) }
}

function channelsOf(header: Uint8Array): 1 | 2 | 3 | 4 {
  const [depth, colour, compression, filter, interlaced] = header.subarray(8)
  const hint = "save it as PNG with 8 bits a sample, not interlaced, without a palette"
  if (colour === 3) throw new PrelabError("PNG with a palette not read", `${depth} bits a pixel`, { hint })
  const channels = samples[colour!]
  if (channels === undefined) throw new PrelabError("damaged PNG file", `colour type ${colour}`)
  if (depth !== 8) throw new PrelabError("PNG of other depth not read", `${depth} bits a sample`, { hint })
  if (interlaced !== 0) throw new PrelabError("interlaced PNG not read", `method ${interlaced}`, { hint })
  if (compression !== 0 || filter !== 0)
    throw new PrelabError("damaged PNG file", `compression ${compression}, filter method ${filter}`)
  return channels
}

/** The chunks up to the last, whose checksums are right. */
function* chunksOf(bytes: Uint8Array): Generator<{ type: string; data: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = signature.length; ; ) {
    if (at + 12 > bytes.length) throw new PrelabError("damaged PNG file", "it ends before its last chunk")
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (at + 12 + length > bytes.length)
      throw new PrelabError("damaged PNG file", `chunk ${type} is longer than the file`)
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw new PrelabError("damaged PNG file", `checksum of chunk ${type} at byte ${at}`)
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) }
    if (type === "IEND") return
    at += 12 + length
  }
}

function inflate(parts: readonly Uint8Array[], expected: number): Uint8Array {
  let data: Uint8Array
  try {
    data = inflateSync(Buffer.concat(parts), { maxOutputLength: expected + 1 })
  } catch (cause) {
    throw new PrelabError("damaged PNG file", "its pixels cannot be unpacked", { cause })
  }
  if (data.length !== expected)
    throw new PrelabError("damaged PNG file", `${data.length} bytes of pixels instead of ${expected}`)
  return data
}

/** Undoes the filters, which each row begins with the number of: clause 9 of the standard. `pixel`: bytes of one. */
function unfiltered(filtered: Uint8Array, height: number, row: number, pixel: number): Uint8Array {
  const data = new Uint8Array(height * row)
  for (let y = 0; y < height; y++) {
    const from = y * (1 + row)
    const to = y * row
    const filter = filtered[from]!
    if (filter > 4) throw new PrelabError("damaged PNG file", `filter ${filter} in row ${y}`)
    for (let x = 0; x < row; x++) {
      const left = x < pixel ? 0 : data[to + x - pixel]!
      const up = y === 0 ? 0 : data[to + x - row]!
      const corner = x < pixel || y === 0 ? 0 : data[to + x - row - pixel]!
      data[to + x] = filtered[from + 1 + x]! + predicted(filter, left, up, corner)
    }
  }
  return data
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 0) return 0
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const estimate = left + up - corner
  const toLeft = Math.abs(estimate - left)
  const toUp = Math.abs(estimate - up)
  const toCorner = Math.abs(estimate - corner)
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner
}
