import { expect, it } from "vitest"
import { allowance, wgslExpUlp } from "../../../src/engines/gpu/precision.js"

it("only webgpu may round more than IEEE float32, and only where it divides or takes exponentials", () => {
  expect(allowance("webasm", "Softmax")).toBe(0)
  expect(allowance("cpu", "Pooling")).toBe(0)
  expect(allowance("webgpu", "Convolution")).toBe(0)
  expect(allowance("webgpu", "Pooling")).toBe(2.5)
})

it("the exponential's allowance grows with its argument", () => {
  expect(wgslExpUlp(0)).toBe(3)
  expect(wgslExpUlp(-10)).toBe(23)
  expect(allowance("webgpu", "Softmax")).toBeGreaterThanOrEqual(2 * wgslExpUlp(-88))
})
