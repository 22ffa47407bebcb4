import { crc32, deflateSync } from "node:zlib"

export interface PngParts {
  readonly width: number
  readonly height: number
  /** PNG's colour type. */
  readonly colour: number
  readonly depth?: number
  readonly interlaced?: number
  /** Filtered rows, each behind its filter's number. */
  readonly rows: Uint8Array
  /** In how many chunks the pixels come. */
  readonly pieces?: number
  readonly extra?: readonly [type: string, data: Uint8Array][]
}

/** A PNG file of parts that an encoder would not choose. */
export function makePng(parts: PngParts): Buffer {
  const { width, height, colour, depth = 8, interlaced = 0, rows, pieces = 1, extra = [] } = parts
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, colour, 0, 0, interlaced], 8)
  const packed = deflateSync(rows)
  const size = Math.ceil(packed.length / pieces)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    ...extra.map(([type, data]) => chunk(type, data)),
    ...Array.from({ length: pieces }, (_, i) => chunk("IDAT", packed.subarray(i * size, (i + 1) * size))),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

/** Rows with the filters of clause 9 applied, told apart by cases as the standard does. */
export function filtered(
  data: Uint8Array,
  row: number,
  pixel: number,
  filters: readonly number[],
): Uint8Array {
  const at = (y: number, x: number) => (y < 0 || x < 0 ? 0 : data[y * row + x]!)
  return Uint8Array.from(
    filters.flatMap((filter, y) => [
      filter,
      ...Array.from({ length: row }, (_, x) => {
        const [a, b, c] = [at(y, x - pixel), at(y - 1, x), x < pixel ? 0 : at(y - 1, x - pixel)]
        const nearest = [a, b, c].reduce((best, value) =>
          Math.abs(a + b - c - value) < Math.abs(a + b - c - best) ? value : best,
        )
        return at(y, x) - [0, a, b, Math.floor((a + b) / 2), nearest][filter]!
      }),
    ]),
  )
}
