import { expect, test } from "vitest"
import { readNpy, writeNpy } from "../../src/formats/npy.js"

test.each([[[]], [[3]], [[2, 3]], [[1, 0, 4]]])("shape %j survives writing and reading", (shape) => {
  const n = shape.reduce((product, extent) => product * extent, 1)
  const blob = { shape, data: Float32Array.from({ length: n }, (_, i) => i / 3) }
  const bytes = writeNpy(blob)
  expect(readNpy(bytes)).toEqual(blob)
  expect((bytes.length - 4 * n) % 64).toBe(0)
})

test("other number types become float32", () => {
  const bytes = writeNpy({ shape: [2], data: Float32Array.of(0, 0) })
  const text = Buffer.from(bytes.slice(0, 128)).toString("latin1").replace("<f4", "<f8")
  const doubles = Buffer.concat([
    Buffer.from(text, "latin1"),
    Buffer.from(new Float64Array([1.5, -2]).buffer),
  ])
  expect([...readNpy(doubles).data]).toEqual([1.5, -2])
})

test("files that are no arrays are refused", () => {
  expect(() => readNpy(Buffer.from("<html>"))).toThrow('not a .npy file: "<html>"')
  const bytes = writeNpy({ shape: [2, 2], data: new Float32Array(4) })
  expect(() => readNpy(bytes.subarray(0, bytes.length - 4))).toThrow(".npy data too short: 3 of 4 values")
  const order = Buffer.from(Buffer.from(bytes).toString("latin1").replace("False", "True "), "latin1")
  expect(() => readNpy(order)).toThrow("Fortran order not supported: 2x2")
})
