import { expect, test } from "vitest"
import { checkedDifference, farFromRight } from "./answers.mjs"
import { ratios, spread } from "./document.mjs"
import { isSoftware } from "./software.mjs"
import { shown } from "./text.mjs"

test("ratios are taken round by round, not of the medians", () => {
  expect(ratios([10, 2, 30], [5, 2, 10])).toEqual({ median: 2, least: 1, most: 3 })
})

test("there is no ratio where one side was not timed", () => {
  expect(ratios([], [1, 2])).toBeUndefined()
  expect(ratios([1, 2], [])).toBeUndefined()
  expect(spread([])).toBeUndefined()
})

const expected = { prob: { data: Float32Array.of(0.25, 0.75), floor: 2 ** -20 } }

test("an answer's difference is counted in rounding floors", () => {
  const off = { prob: Float32Array.of(0.25, 0.75 + 2 ** -19) }
  expect(checkedDifference(off, expected)).toEqual({ difference: 2 ** -19, floors: 2 })
})

test.each([
  [
    "too far away",
    { prob: Float32Array.of(0.25, 0.75 + (2 * farFromRight) / 2 ** 20) },
    "512 rounding floors",
  ],
  ["not a number", { prob: Float32Array.of(Number.NaN, 0.75) }, "wrong answer: Infinity away"],
  ["of another size", { prob: Float32Array.of(0.25) }, "prob has 1 values, not 2"],
  ["not there", {}, "prob has no values, not 2"],
])("an answer that is %s is wrong", (_, outputs: Record<string, Float32Array>, message) => {
  expect(() => checkedDifference(outputs, expected)).toThrow(message)
})

test.each([
  ["google swiftshader SwiftShader driver 5.0.0", true],
  ["llvmpipe (LLVM 19.1)", true],
  ["nvidia hopper NVIDIA H100", false],
])("%s: made of software is %s", (adapter, software) => {
  expect(isSoftware(adapter)).toBe(software)
})

test("a number is shown with three digits at most", () => {
  expect([0.123, 9.96, 12.34, 123.4, 3, undefined].map(shown)).toEqual([
    "0.12",
    "9.96",
    "12.3",
    "123",
    "3",
    "",
  ])
})
