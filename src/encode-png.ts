import { crc32, deflateSync } from "node:zlib"

/** Samples a pixel and PNG's colour type for them: grey, RGB, RGB with alpha. */
const colourTypes = { 1: 0, 3: 2, 4: 6 } as const

/** Pixels row by row, 8 bits a sample. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3 | 4
  readonly data: Uint8Array
}

/** A PNG file (ISO/IEC 15948): header, one compressed run of unfiltered rows, end. */
export function encodePng({ width, height, channels, data }: Pixels): Buffer {
  const row = width * channels
  const rows = Buffer.alloc(height * (1 + row))
  // Each row starts with its filter's number: 0, none.
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * row, (y + 1) * row), y * (1 + row) + 1)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colourTypes[channels], 0, 0, 0], 8)
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    start,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}
