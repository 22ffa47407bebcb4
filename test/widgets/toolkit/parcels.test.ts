import { expect, test } from "vitest"
import { cutIntoPieces, Pieces } from "../../../src/widgets/toolkit/parcels.js"

const bytes = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => from + i)

test.each([
  ["no values", []],
  ["values shorter than a piece", [bytes(3, 0), bytes(0, 0), bytes(2, 50)]],
  ["a value longer than several pieces, and empty ones around it", [bytes(0, 0), bytes(23, 7), bytes(0, 0)]],
  ["values that end where pieces end", [bytes(8, 1), bytes(16, 100), bytes(4, 200)]],
])("%s arrive as they were sent", (_name, values) => {
  const pieces = [...cutIntoPieces("a", { about: "it" }, values, 8)]
  const total = values.reduce((sum, { length }) => sum + length, 0)
  expect(pieces.length).toBe(Math.max(1, Math.ceil(total / 8)))
  expect(Math.max(...pieces.map((one) => one.bytes.length))).toBeLessThanOrEqual(8)
  const arrived = new Pieces<{ about: string }>()
  const messages = pieces.map((one) => arrived.add(one.piece, one.bytes))
  expect(messages.slice(0, -1)).toEqual(messages.slice(0, -1).map(() => undefined))
  expect(messages.at(-1)).toEqual({ content: { about: "it" }, values })
})

test("messages whose pieces arrive mixed stay apart, and floats can be read in place", () => {
  const [x, y] = [new Float32Array([1.5, -2, 3]), new Float32Array([4, 5, 6])]
  const cut = (id: string, data: Float32Array) => [
    ...cutIntoPieces(id, id, [new Uint8Array(1), new Uint8Array(data.buffer)], 5),
  ]
  const arrived = new Pieces<string>()
  const [first, second] = [cut("x", x), cut("y", y)]
  const whole = first
    .flatMap((one, i) => [one, second[i]!])
    .map(({ piece, bytes }) => arrived.add(piece, bytes))
  const floats = whole.flatMap((one) => (one ? [new Float32Array(one.values[1]!.buffer)] : []))
  expect(floats).toEqual([x, y])
})
