import { inflateSync } from "node:zlib"
import { expect, test } from "vitest"
import { pictures } from "../../src/figures/pictures.js"

test("two planes become two pictures with a grey line between", () => {
  const shown = pictures({ shape: [2, 1, 1, 2], data: Float32Array.of(0, 1, -1, 3) }, { zoom: 1, columns: 2 })
  expect(String(shown)).toBe("2 pictures of 1x2, -1 to 3")
  const png = shown.toPng()
  expect(png.readUInt32BE(16)).toBe(5)
  expect(png.readUInt32BE(20)).toBe(1)
  const at = png.indexOf("IDAT")
  const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  expect([...rows]).toEqual([0, 63, 127, 128, 0, 255])
})

test("a constant blob is black, a vector no picture", () => {
  expect(() => pictures({ shape: [3], data: new Float32Array(3) })).toThrow(
    "pictures need height and width: 3",
  )
  expect(pictures({ shape: [2, 2], data: new Float32Array(4).fill(7) }).range).toEqual([7, 7])
})

test("pages get words for those who cannot see the picture", () => {
  const shown = pictures({ shape: [2, 2, 2], data: Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7]) })
  const bundle = (shown as unknown as Record<symbol, () => Record<string, string>>)[
    Symbol.for("Jupyter.display")
  ]!()
  expect(bundle["text/html"]).toBe(
    `<img alt="2 pictures of 2x2, 0 to 7" src="data:image/png;base64,${bundle["image/png"]}">`,
  )
})
