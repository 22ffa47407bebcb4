/** What the first bytes of a file say of a picture. */
export interface ImageFormat {
  readonly type: string
  readonly name: string
  readonly size: Size | undefined
}

type Size = readonly [width: number, height: number]

interface Signature {
  readonly type: string
  readonly name: string
  /** How such a file starts, as bytes or as letters; a gap of four bytes is `????`. */
  readonly start: string
  readonly size: (bytes: Buffer) => Size | undefined
}

const signatures: readonly Signature[] = [
  {
    type: "image/png",
    name: "PNG",
    start: "\x89PNG\r\n\x1a\n",
    size: (bytes) => [bytes.readUInt32BE(16), bytes.readUInt32BE(20)],
  },
  { type: "image/jpeg", name: "JPEG", start: "\xff\xd8\xff", size: jpegSize },
  {
    type: "image/gif",
    name: "GIF",
    start: "GIF8",
    size: (bytes) => [bytes.readUInt16LE(6), bytes.readUInt16LE(8)],
  },
  { type: "image/webp", name: "WebP", start: "RIFF????WEBP", size: webpSize },
  { type: "image/avif", name: "AVIF", start: "????ftypavif", size: avifSize },
  { type: "image/avif", name: "AVIF", start: "????ftypavis", size: avifSize },
  { type: "image/avif", name: "AVIF", start: "????ftypmif1", size: avifSize },
  {
    type: "image/bmp",
    name: "BMP",
    // The four bytes after the file's size are reserved, and 0.
    start: "BM????\0\0\0\0",
    // Rows from the top down are told by a negative height.
    size: (bytes) => [Math.abs(bytes.readInt32LE(18)), Math.abs(bytes.readInt32LE(22))],
  },
]

/** The format of a picture by its signature; undefined for other bytes. */
export function imageFormat(data: Uint8Array): ImageFormat | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const start = bytes.toString("latin1", 0, 64)
  const found = signatures.find((signature) => startsWith(start, signature.start))
  if (!found) return undefined
  // HEIC shares AVIF's container and its oldest brand.
  if (found.type === "image/avif" && !/avi[fs]/.test(bytes.toString("latin1", 8, bytes.readUInt32BE(0))))
    return undefined
  return { type: found.type, name: found.name, size: sizeOf(found, bytes) }
}

function startsWith(text: string, start: string): boolean {
  return text.length >= start.length && [...start].every((letter, i) => letter === "?" || letter === text[i])
}

/** A file cut off before its size still is a picture of its kind. */
function sizeOf({ size }: Signature, bytes: Buffer): Size | undefined {
  try {
    return size(bytes)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The frame header's, the first segment C0 to CF that is not a table (ITU-T T.81, B.2.2). */
function jpegSize(bytes: Buffer): Size | undefined {
  for (let at = 2; bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)]
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return undefined
}

/** Lossy, lossless and extended files keep it in three places (RFC 9649). */
function webpSize(bytes: Buffer): Size | undefined {
  const chunk = bytes.toString("latin1", 12, 16)
  if (chunk === "VP8 ") return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff]
  if (chunk === "VP8X") return [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1]
  if (chunk !== "VP8L") return undefined
  const bits = bytes.readUInt32LE(21)
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
}

/** The first image's spatial extents: a full box `ispe` with version and flags (ISO/IEC 23008-12). */
function avifSize(bytes: Buffer): Size | undefined {
  const at = bytes.subarray(0, 4096).indexOf("ispe", 0, "latin1")
  return at < 0 ? undefined : [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)]
}
