import { runInThisContext } from "node:vm"
import { describe, expect, it } from "vitest"
import { allowsHit, logExpression } from "../../../src/kernel/debug/breakpoints.js"
import { CellFiles, hashSeed } from "../../../src/kernel/debug/cell-files.js"
import { CellSource } from "../../../src/kernel/debug/cell-source.js"
import { murmur2 } from "../../../src/kernel/debug/murmur2.js"
import { inOwnNames } from "../../../src/kernel/debug/own-names.js"
import { valueText } from "../../../src/kernel/debug/value-text.js"
import { compileCell } from "./compile.js"

describe("murmur2", () => {
  it("gives what JupyterLab computes, for every length and beyond ASCII", () => {
    const hashes: [string, number][] = [
      ["", 3990065800],
      ["a", 2167009006],
      ["ab", 2805137849],
      ["abc", 3350977461],
      ["let n = 1", 3426454219],
      ['const größe = "😀"\nprint(größe)', 3845243047],
    ]
    for (const [text, hash] of hashes) expect(murmur2(text, hashSeed), text).toBe(hash)
    expect(murmur2("abc", 0)).toBe(324500635)
  })

  it("names the source file of a cell", () => {
    const files = new CellFiles()
    const path = files.pathOf("let n = 1")
    expect(path).toBe(`${files.prefix}3426454219${files.suffix}`)
    expect(files.textOf(path)).toBe("let n = 1")
    expect(files.textOf(`${files.prefix}1.ts`)).toBe(undefined)
  })
})

describe("a breakpoint's count", () => {
  const allowed = (hitCondition: string) =>
    [1, 2, 3, 4, 5, 6].filter((hits) =>
      allowsHit({ id: 1, path: "", line: 1, verified: true, hits, asked: { line: 1, hitCondition } }),
    )
  it("says from which hit on it stops, or at which", () => {
    expect(allowed("4")).toEqual([4, 5, 6])
    expect(allowed("== 4")).toEqual([4])
    expect(allowed("> 4")).toEqual([5, 6])
    expect(allowed(" <= 2 ")).toEqual([1, 2])
    expect(allowed("< 2")).toEqual([1])
    expect(allowed("% 3")).toEqual([3, 6])
  })

  it("that is none is refused", () => {
    expect(() => allowed("often")).toThrow("hit condition not understood: often; 5, > 5 or % 5")
  })
})

describe("a log message", () => {
  it("prints its text and what is in braces", () => {
    expect(logExpression("100% of {a.b} and {c % 2}")).toBe(
      'console.log("100%% of %s and %s", (a.b), (c % 2))',
    )
    expect(logExpression('a "quote"')).toBe('console.log("a \\"quote\\"")')
  })
})

describe("an expression in the reader's names", () => {
  const evaluate = (expression: string, locals: string[] = []): unknown =>
    runInThisContext(inOwnNames(expression, locals))
  const state: Record<string, unknown> = { x: 41, Array: "mine" }
  Reflect.set(globalThis, Symbol.for("prelab.state"), state)

  it("finds those of cells, before globals of that name", () => {
    expect(evaluate("x + 1")).toBe(42)
    expect(evaluate("Array")).toBe("mine")
    expect(evaluate("Array.isArray([])", ["Array"])).toBe(true)
  })

  it("assigns to them", () => {
    evaluate("x = 1")
    expect(state.x).toBe(1)
  })

  it("may be an object, a statement, or end in a remark", () => {
    expect(evaluate("{ a: x }")).toEqual({ a: 1 })
    expect(evaluate("let y = x; y + 1;")).toBe(2)
    expect(evaluate("x // the first")).toBe(1)
  })
})

describe("a cell's source", () => {
  const code = "interface A { a: 1 }\n\nfunction f(\n  a: A,\n): number {\n  return a.a\n}\nf({ a: 1 })"
  const { cell, js } = compileCell(code, 1, [])
  const source = new CellSource(cell, "/cells/1.ts")

  it("knows where each of its lines begins in the script", () => {
    const lines = ["", ...js.split("\n")]
    const texts = [6, 7, 8].map((line) => {
      const { line: moved, place } = source.startOf(line)!
      return [moved, lines[place.lineNumber]!.slice(place.columnNumber)]
    })
    expect(texts).toEqual([
      [6, "return a.a;"],
      [7, "}"],
      [8, "f({ a: 1 });"],
    ])
  })

  it("moves lines without code to the next one that has some, and has an end", () => {
    expect(source.startOf(1)?.line).toBe(3)
    expect(source.startOf(9)).toBe(undefined)
  })

  it("leads back from the script", () => {
    const { place } = source.startOf(6)!
    expect(source.originOf(place)).toEqual({ line: 6, column: 3 })
    expect(source.originOf({ lineNumber: 0, columnNumber: 0 })).toBe(undefined)
  })

  it("knows which names the reader wrote", () => {
    expect(["f", "a", "exports", "require"].map((name) => source.mentions(name))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe("a value's text", () => {
  it("is one short line", () => {
    expect(valueText({ type: "string", value: 'a "b"\n' })).toBe('"a \\"b\\"\\n"')
    expect(valueText({ type: "number", unserializableValue: "-0", description: "-0" })).toBe("-0")
    expect(valueText({ type: "object", subtype: "null", value: null })).toBe("null")
    expect(valueText({ type: "function", description: "async function f(a) {\n  return a\n}" })).toBe(
      "async function f(a)",
    )
    expect(valueText({ type: "function", description: "class A extends B {\n}" })).toBe("class A extends B")
    expect(valueText({ type: "object", subtype: "error", description: "RangeError: no\n    at f" })).toBe(
      "RangeError: no",
    )
  })
})
