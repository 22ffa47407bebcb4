import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { describe, expect, it } from "vitest"
import { looser } from "../../../src/kernel/language/cell-options.js"
import { checkText, importsOf, runText } from "../../../src/kernel/language/cell-texts.js"
import { compile } from "../../../src/kernel/language/compile.js"
import { completeNames } from "../../../src/kernel/language/complete-names.js"
import { LiveNames } from "../../../src/kernel/language/live-names.js"
import { holdsLiteral, isPlainType, returnsLiteral } from "../../../src/kernel/language/plain-type.js"
import { languageTarget, libraries } from "../../../src/kernel/language/platform.js"
import { readCell } from "../../../src/kernel/language/read-cell.js"
import { signaturesOf } from "../../../src/kernel/language/signatures.js"
import { SourcePositions } from "../../../src/kernel/run/source-positions.js"

describe("a type is plain", () => {
  it.each([
    "number",
    "string[]",
    "readonly [number, string]",
    '"a" | "b\\"c"',
    "{ a: number; b?: string[]; }",
    "(x: number, rest: string[]) => void",
    "-1.5e+3 | 10n",
    "unknown[] | undefined",
  ])("where every word means the same everywhere: %s", (type) => {
    expect(isPlainType(type)).toBe(true)
  })

  it.each([
    "Date",
    "Map<string, number>",
    "typeof x",
    "unique symbol",
    "T[]",
    "{ a: P; }",
    "x is string",
    "import('m').T",
    "a.b",
    "",
    "{ a: number; ... 9 more ...; }",
  ])("but not: %s", (type) => {
    expect(isPlainType(type)).toBe(false)
  })
})

describe("a plain type", () => {
  it.each([
    ["true", true],
    ["-5n | undefined", true],
    ['{ a: "x"; }', true],
    ["readonly [1, boolean]", true],
    ["{ true: boolean; a1: number; false?: string; }", false],
    ["(a: number) => void", false],
  ])("of %s: that it holds a literal is %j", (type, holds) => {
    expect(holdsLiteral(type)).toBe(holds)
  })

  it.each([
    ["(b: boolean) => 1 | 2", true],
    ["{ f: () => never; }", true],
    ['(mode: "a" | "b") => void', false],
    ["{ a: 1; f: () => number; }", false],
    ["never[]", false],
  ])("of %s: that it returns a literal is %j", (type, returns) => {
    expect(returnsLiteral(type)).toBe(returns)
  })
})

describe("the signatures of a type", () => {
  it.each([
    ["(n: number) => string", ["(n: number): string"]],
    ["(f: (x: number) => void) => () => number", ["(f: (x: number) => void): () => number"]],
    ["<T>(x: T[]) => T", ["<T>(x: T[]): T"]],
    ["{ (x: number): number; (x: string): string; }", ["(x: number): number", "(x: string): string"]],
    ["{ a: number; }", []],
    ["number", []],
  ])("of %s are %j", (type, signatures) => {
    expect(signaturesOf(type)).toEqual(signatures)
  })
})

describe("a cell as a module", () => {
  const live = new LiveNames()
  live.addHelpers("prelab", ["loadNet"], ["Net"])
  live.addCell(
    "__cell_1",
    readCell(
      'import { a as b } from "pkg"\nimport type { T } from "types"\nclass C {}; let v = [new C()]; type P = C',
    ),
  )
  live.addCell(undefined, readCell("const five = 5, text = f()"), ["5", "string"])
  const code = "const r = loadNet(b, v, five, text) as T | P\nv = []\nr"
  const cell = readCell(code)
  const used = live.usedBy(cell)

  it("uses no name of an earlier one that it only reads from elsewhere, or gives to something of its own", () => {
    const unused = readCell(
      'import { b as c } from "other"; const { v: w } = c; enum E { five } class K { get text() { return w } }',
    )
    expect(live.usedBy(unused)).toEqual([])
    const renamed = readCell("const { v: { w } = v, text: t = { five } } = {}")
    expect(live.usedBy(renamed).map(({ name }) => name)).toEqual(["v", "five"])
  })

  it("says in one line what it uses of earlier ones, and exports what it declares", () => {
    const { text, offset } = checkText(code, cell, used)
    const [header, ...rest] = text.split("\n")
    expect(header!.replace(/;$/, "").split("; ").sort()).toEqual(
      [
        "const five = 5",
        "declare const text: string",
        'declare let v: typeof import("./__cell_1").v',
        'import { a as b } from "pkg"',
        'import { loadNet } from "prelab"',
        'import { type P } from "./__cell_1"',
        'import {} from "./__modules"',
        'import { type T } from "types"',
      ].sort(),
    )
    expect(rest.join("\n")).toBe(`${code}\nexport { r };`)
    expect(offset).toBe(header!.length + 1)
  })

  it("takes values from the state when it runs, and types from nowhere", () => {
    const { text } = runText(code, cell, used)
    expect(text.split("\n")[0]).toMatch(/^import \{ [\w, ]*v[\w, ]* \} from "\$state"; /)
    expect(text).toContain("export const r = ")
    expect(text.endsWith("__last((r))")).toBe(true)
    expect(importsOf(cell, used)).toEqual(["pkg"])
  })

  it("leads from its compiled text back to its own lines and columns", () => {
    const { text } = runText(code, cell, used)
    const { js, map } = compile(text, { fileName: "cell-1.ts", isCell: true })
    const positions = new SourcePositions(code, map, 1, cell.insertions)
    const lines = js.split("\n")
    const line = lines.findIndex((each) => each.includes("__last(("))
    const column = lines[line]!.indexOf("exports.r") + 1
    expect(positions.originOf({ line: line + 1, column })).toEqual({ line: 3, column: 1 })
  })
})

describe("the names that are offered while the library is read", () => {
  it("are those of cells, of Node and of the language", () => {
    const live = new LiveNames()
    live.addCell("__cell_1", readCell("class constant {}"))
    const { matches } = completeNames("cons", 4, readCell("cons"), live.all())
    expect(matches).toEqual([
      { text: "console", type: "variable" },
      { text: "const", type: "keyword" },
      { text: "constant", type: "class" },
      { text: "constructor", type: "keyword" },
    ])
  })
})

describe("options of cells", () => {
  it("have the libraries of their Node", () => {
    expect(libraries(20)).toContain("lib.es2023.d.ts")
    expect(libraries(22)).toContain("lib.es2024.d.ts")
    expect(libraries(20)).not.toContain("lib.es2024.d.ts")
  })

  it.each([20, 22, 24])("have libraries that TypeScript has, in Node %i", (node) => {
    const folder = dirname(ts.getDefaultLibFilePath({}))
    expect(libraries(node).filter((name) => !existsSync(join(folder, name)))).toEqual([])
  })

  it("have the language of their Node", () => {
    expect([20, 22, 24].map(languageTarget)).toEqual(["ES2024", "ES2024", "ES2025"])
  })

  it("for tslab's notebooks are those of strictness, without it", () => {
    expect(looser({ strict: true, lib: ["x"] })).toEqual({ strict: false, lib: ["x"] })
  })
})
