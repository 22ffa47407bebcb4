import { expect, test } from "vitest"
import { jsonBytes } from "../../src/kernel/json-bytes.js"

const text = (dict: object) => Buffer.from(jsonBytes(dict)).toString()
const long = 70_000

/** A generator that always gives the same numbers, below a limit. */
function numbers(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test("short and long texts are the JSON that JSON.stringify makes", () => {
  const content = {
    data: {
      "text/html": `${"x".repeat(long)}\n"<b>"\\`,
      "text/plain": "short",
      deep: [["y".repeat(long)], 1],
    },
    metadata: {},
    empty: "",
  }
  expect(text(content)).toBe(JSON.stringify(content))
})

test.each([
  ["a quote", '"'],
  ["a backslash", "\\"],
  ["a line's end", "\n"],
  ["a zero", "\0"],
  ["the last control character", "\x1f"],
  ["delete, which needs no escape", "\x7f"],
  ["letters of two bytes", "ż"],
  ["letters of three bytes", "日"],
  ["a pair of surrogates", "😀"],
  ["half a pair", "\ud83d"],
  ["the other half", "\ude00"],
])("%s is found at every place of a word, at the ends of pieces and of the text", (_, character) => {
  for (const at of [0, 1, 2, 3, 4, 5, 32_766, 32_767, 32_768, 32_769, 65_535, long - 2, long - 1]) {
    const value = `${"a".repeat(at)}${character}${"b".repeat(long - at)}`
    expect(text({ value })).toBe(JSON.stringify({ value }))
  }
  const end = `${"c".repeat(long)}${character}`
  expect(text({ end })).toBe(JSON.stringify({ end }))
})

test("texts of all kinds of characters, cut anywhere, stay what they are", () => {
  const alphabet = ["a", " ", "<", '"', "\\", "\t", "\u2028", "é", "世", "😀", "\udc00", "\ud800"]
  const next = numbers(7)
  for (let round = 0; round < 20; round++) {
    // Runs of plain letters between the rest, as texts have them.
    const parts = Array.from({ length: 400 }, () => alphabet[next(alphabet.length)]! + "z".repeat(next(400)))
    const value = parts.join("")
    expect(text({ value, again: value })).toBe(JSON.stringify({ value, again: value }))
  }
})

test("a long text of escapes alone, six bytes a character, has room", () => {
  const value = "\0".repeat(3 * long)
  expect(text({ value })).toBe(JSON.stringify({ value }))
})

test("a text that looks like the place of another one stays a text", () => {
  const content = { a: "z".repeat(long), b: '0","', c: "00000000-0000-0000-0000-000000000000:0" }
  expect(text(content)).toBe(JSON.stringify(content))
})

test("a BigInt is a number where that is exact, else its digits", () => {
  expect(text({ exact: 3n, not: 2n ** 70n, long: "x".repeat(long) }).slice(0, 50)).toBe(
    '{"exact":3,"not":"1180591620717411303424","long":"',
  )
})
