import { describe, expect, test } from "vitest"
import { encodePng } from "../../src/encode-png.js"
import { decodePng } from "../../src/formats/png.js"
import { generator } from "../engines/gpu/one-layer.js"
import { filtered, makePng } from "./make-png.js"

const random = generator("png")
const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random() * 256))
const grey = { width: 2, height: 1, colour: 0, rows: Uint8Array.of(0, 7, 9) }

describe("a PNG file", () => {
  test.each([1, 3, 4] as const)("that was encoded here with %i samples a pixel is read back", (channels) => {
    const data = bytes(5 * 7 * channels)
    expect(decodePng(encodePng({ width: 5, height: 7, channels, data }))).toEqual({
      ...{ width: 5, height: 7, channels, data },
    })
  })

  test.each([
    ["grey", 0, 1],
    ["RGB", 2, 3],
    ["grey with alpha", 4, 2],
    ["RGB with alpha", 6, 4],
  ])(
    "of %s is read with each of the five filters, first row and others, in several pieces",
    (_, colour, n) => {
      // Smooth rows and noise: estimates that are met and missed, bytes that run over.
      const [width, filters] = [6, [4, 3, 2, 1, 0, 4, 3, 2, 1, 4, 4]]
      for (let first = 0; first < filters.length; first++) {
        const order = [...filters.slice(first), ...filters.slice(0, first)]
        const data = Uint8Array.from({ length: width * n * order.length }, (_, i) =>
          first % 2 ? Math.floor(random() * 256) : (i * 3 + (i % 5)) & 255,
        )
        const rows = filtered(data, width * n, n, order)
        const png = makePng({ width, height: order.length, colour, rows, pieces: 3 })
        expect(decodePng(png)).toEqual({ width, height: order.length, channels: n, data })
      }
    },
  )

  test("may have chunks that nobody knows, and bytes behind its end", () => {
    const extra = [["tEXt", Buffer.from("Comment\0x")]] as [string, Uint8Array][]
    const png = Buffer.concat([makePng({ ...grey, extra }), Buffer.from("more")])
    expect([...decodePng(png).data]).toEqual([7, 9])
  })

  test.each([
    [
      "with a palette",
      { ...grey, colour: 3 },
      "PNG with a palette not read: 8 bits a pixel; save it as PNG with 8 bits a sample, not interlaced, without a palette",
    ],
    ["of 16 bits", { ...grey, depth: 16 }, "PNG of other depth not read: 16 bits a sample"],
    ["of 1 bit", { ...grey, depth: 1 }, "PNG of other depth not read: 1 bits a sample"],
    ["that is interlaced", { ...grey, interlaced: 1 }, "interlaced PNG not read: method 1"],
    ["of an unknown colour type", { ...grey, colour: 5 }, "damaged PNG file: colour type 5"],
    ["with a sixth filter", { ...grey, rows: Uint8Array.of(5, 7, 9) }, "damaged PNG file: filter 5 in row 0"],
    ["without height", { ...grey, height: 0 }, "PNG file of this size not read: 2x0"],
    [
      "that claims to be huge",
      { ...grey, width: 2 ** 31, height: 2 ** 31 },
      "PNG file of this size not read: 2147483648x2147483648",
    ],
    ["with too few pixels", { ...grey, height: 2 }, "damaged PNG file: 3 bytes of pixels instead of 6"],
    [
      "with too many pixels",
      { ...grey, rows: new Uint8Array(100) },
      "damaged PNG file: its pixels cannot be unpacked",
    ],
  ])("%s is refused", (_, parts, said) => {
    expect(() => decodePng(makePng(parts))).toThrow(said)
  })

  test("with a changed byte anywhere is refused, or has the same pixels", () => {
    const png = makePng({ ...grey, extra: [["tEXt", Buffer.from("Comment\0x")]] })
    const refused = [...png.keys()].filter((at) => {
      const changed = Buffer.from(png)
      changed[at]! ^= 0x10
      try {
        return decodePng(changed).data.join() !== "7,9"
      } catch (error) {
        expect(String(error)).toMatch(/PrelabError: (damaged PNG file|not a PNG file)/)
        return true
      }
    })
    expect(refused).toHaveLength(png.length)
    expect(() => decodePng(png.with(-20, 1) as Buffer)).toThrow(
      /damaged PNG file: checksum of chunk IDAT at byte \d+/,
    )
  })

  test("that ends early is refused wherever it ends", () => {
    const png = makePng(grey)
    for (let length = 0; length < png.length; length++)
      expect(() => decodePng(png.subarray(0, length))).toThrow(/damaged PNG file|not a PNG file/)
  })
})
