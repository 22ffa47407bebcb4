import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { History } from "../../src/kernel/history.js"

let folder: string
let file: string
let problems: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-history-"))
  file = join(folder, "deep", "history.jsonl")
  problems = []
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  expect(problems).toEqual([])
})

const make = (at = file) => new History(at, (problem) => problems.push(problem))
const rows = (history: History, request: object) => history.query({ output: false, raw: true, ...request })

describe("history", () => {
  it("numbers sessions in their order, and finds them by relative and absolute number", () => {
    const first = make()
    first.add(1, "let a = [1]", undefined)
    first.add(2, "a.length", "1")
    const second = make()
    second.add(1, "let b = 2\nb", "2")
    const firstRows = [
      [1, 1, "let a = [1]"],
      [1, 2, "a.length"],
    ]
    expect(rows(second, { hist_access_type: "range", session: -1 })).toEqual(firstRows)
    expect(rows(second, { hist_access_type: "range", session: 1 })).toEqual(firstRows)
    expect(rows(second, { hist_access_type: "range", session: 0 })).toEqual([[2, 1, "let b = 2\nb"]])
    expect(rows(second, { hist_access_type: "range", session: -2 })).toEqual([])
    expect(rows(second, { hist_access_type: "range", session: 1, start: 2, stop: 3 })).toEqual([
      [1, 2, "a.length"],
    ])
    expect(rows(second, { hist_access_type: "tail", n: 2, output: true })).toEqual([
      [1, 2, ["a.length", "1"]],
      [2, 1, ["let b = 2\nb", "2"]],
    ])
    expect(rows(second, { hist_access_type: "tail", n: 0 })).toEqual([])
    expect(readFileSync(file, "utf8").trim().split("\n")).toHaveLength(3)
  })

  it("sees what kernels beside it run, and keeps its own number", () => {
    const [one, other] = [make(), make()]
    one.add(1, "mine", undefined)
    expect(rows(one, { hist_access_type: "tail", n: 9 })).toEqual([[1, 1, "mine"]])
    other.add(1, "theirs", undefined)
    other.add(2, "again", undefined)
    one.add(2, "more", undefined)
    expect(rows(one, { hist_access_type: "range", session: 0 })).toEqual([
      [1, 1, "mine"],
      [1, 2, "more"],
    ])
    const all = rows(one, { hist_access_type: "tail", n: 9 }).map((row) => row[2])
    expect(new Set(all)).toEqual(new Set(["mine", "theirs", "again", "more"]))
  })

  const patterns: [pattern: string, input: string, matches: boolean][] = [
    ["*b*", "let b = 2\nb", true],
    ["b", "bb", false],
    ["let ? = [[]1]", "let a = [1]", true],
    ["?", "😀", true],
    ["[a-c]x", "bx", true],
    ["[^a-c]x", "bx", false],
    ["[z-a]", "b", false],
    ["a.c", "abc", false],
    ["f(x) + $y\\{1}|2", "f(x) + $y\\{1}|2", true],
    ["[\\d]", "5", false],
  ]
  for (const [pattern, input, matches] of patterns)
    it(`${matches ? "finds" : "does not find"} ${JSON.stringify(input)} by ${pattern}`, () => {
      const history = make()
      history.add(1, input, undefined)
      const found = rows(history, { hist_access_type: "search", pattern })
      expect(found).toEqual(matches ? [[1, 1, input]] : [])
    })

  it("keeps the newest of equal cells when asked for unique ones", () => {
    const history = make()
    for (const [i, input] of ["a", "b", "a", "c"].entries()) history.add(i + 1, input, undefined)
    const request = { hist_access_type: "search", pattern: "*", unique: true }
    expect(rows(history, request).map((row) => row[2])).toEqual(["b", "a", "c"])
    expect(rows(history, { ...request, n: 2 }).map((row) => row[2])).toEqual(["a", "c"])
    expect(rows(history, { ...request, unique: false })).toHaveLength(4)
  })

  it("reads sessions that an earlier version has numbered, and skips a line that was cut off", () => {
    make().add(1, "own", undefined)
    appendFileSync(file, `${JSON.stringify({ session: 1700000000, line: 1, input: "old" })}\n{"session":17`)
    expect(rows(make(), { hist_access_type: "tail", n: 9 })).toEqual([
      [1, 1, "own"],
      [2, 1, "old"],
    ])
  })

  it("drops the oldest cells of a long file", () => {
    make().add(1, "first", undefined)
    const line = (i: number) => JSON.stringify({ session: "s", line: i, input: `cell ${i}` })
    writeFileSync(file, Array.from({ length: 13_000 }, (_, i) => `${line(i)}\n`).join(""))
    const history = make()
    expect(rows(history, { hist_access_type: "tail" })).toHaveLength(10_000)
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(10_001)
    history.add(1, "newest", undefined)
    expect(rows(history, { hist_access_type: "tail", n: 2 }).map((row) => row[2])).toEqual([
      "cell 12999",
      "newest",
    ])
  })

  it("says once when it cannot be kept, and goes on", () => {
    const history = make("/dev/null/history.jsonl")
    history.add(1, "a", undefined)
    history.add(2, "b", undefined)
    expect(rows(history, { hist_access_type: "tail", n: 9 })).toHaveLength(2)
    expect(problems.splice(0)).toEqual([expect.stringContaining("history is not kept: ")])
    expect(existsSync("/dev/null/history.jsonl")).toBe(false)
  })
})
