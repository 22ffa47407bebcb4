import { expect, it } from "vitest"
import { allowance, lostBelow, wgslExpUlp } from "../../../src/engines/gpu/precision.js"

it("only shaders may round more than IEEE float32, and only where it divides or takes exponentials", () => {
  expect(allowance("webasm", "Softmax")).toBe(0)
  expect(allowance("cpu", "Pooling")).toBe(0)
  for (const backend of ["webgpu", "webgl2", "headlessgl"]) {
    expect(allowance(backend, "Convolution")).toBe(0)
    expect(allowance(backend, "Pooling")).toBe(2.5)
    expect(lostBelow(backend)).toBe(2 ** -126)
  }
  for (const backend of ["webasm", "cpu", "typescript", undefined]) expect(lostBelow(backend)).toBe(0)
})

it("the exponential's allowance grows with its argument", () => {
  expect(wgslExpUlp(0)).toBe(3)
  expect(wgslExpUlp(-10)).toBe(23)
  expect(allowance("webgpu", "Softmax")).toBeGreaterThanOrEqual(2 * wgslExpUlp(-88))
})
