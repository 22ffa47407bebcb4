import { expect, test } from "vitest"
import { notebookFiles } from "./cells-with-problems.js"
import { compilerOptions, openChecker } from "./native-setup.js"
import { notebookFolder } from "./notebook-folder.js"
import { serviceChecker } from "./service-checker.js"

/** A text with `|` at the position in question. */
function atBar(text: string): [text: string, position: number] {
  return [text.replace("|", ""), text.indexOf("|")]
}

const earlier = `
/** What was trained. */
export const net = { layers: 3, run() {} }
/**
 * Adds.
 * @param a the first
 */
export function add(a: number, b: number): number { return a + b }
/** A box for one thing. */
export class Box<T> { constructor(readonly value: T) {} }
export interface Shape { sides: number }
export enum Color { Red, Green }
`
const imported = 'import { net, add, Box, Color, type Shape } from "./__cell_1"\n'

const sorted = (names: [string, string][]) => names.sort(([a], [b]) => (a < b ? -1 : 1))

function setUp() {
  const folder = notebookFolder(notebookFiles)
  const checker = openChecker(folder)
  const service = serviceChecker(folder, compilerOptions)
  checker.keep("__cell_1", earlier)
  service.set("__cell_1", earlier)
  return { checker, service: service.service, set: service.set }
}

test("the names after a dot, in an object and in a string are those of TypeScript 6", () => {
  const { checker, service, set } = setUp()
  const places = [
    "net.|",
    '"text".|',
    '"text".to|',
    "net.|\nconst after = 1",
    "new Box([1]).value.|",
    "Color.|",
    "const shape: Shape = { | }",
    'const mode: "lines" | "markers" = "§"',
    "Math.|",
    "[1].find((n) => n > 1).|",
    'const o = { "a b": 1 }; o.|',
    "process.stdout.|",
  ]
  for (const place of places) {
    const [text, position] = place.includes("§")
      ? [imported + place.replace("§", ""), imported.length + place.indexOf("§")]
      : atBar(imported + place)
    const preferences = { includeCompletionsWithInsertText: true }
    const expected = service.getCompletionsAtPosition(set("__cell_2", text), position, preferences)!.entries
    const found = checker.complete("__cell_2", text, position)!
    expect(sorted(found.map(({ name, insert = name }) => [name, insert])), place).toEqual(
      sorted(expected.map(({ name, insertText = name }) => [name, insertText])),
    )
  }
})

test("every name comes with its kind", () => {
  const { checker } = setUp()
  const [text, position] = atBar(`${imported}net.|`)
  expect(checker.complete("__cell_2", text, position)).toEqual([
    { name: "layers", kind: "property" },
    { name: "run", kind: "method" },
  ])
})

test.each([
  ['import x from "mo|"', "modern"],
  ['import x from "modern/|"', "lid"],
  ['import x from "./|"', "wrong"],
  ['import x from "./|"', "lib"],
  ['import x from "./lib/|"', "helper"],
  ['import { | } from "modern"', "Box"],
])("the names in %s include %s", (place, name) => {
  const { checker } = setUp()
  expect(checker.complete("__cell_2", ...atBar(place))?.map((one) => one.name)).toContain(name)
})

test("it says so where a name of the scope can stand, and goes on", () => {
  const { checker } = setUp()
  const { pid } = checker
  expect(checker.complete("__cell_2", ...atBar(`${imported}ne|`))).toBeUndefined()
  const running = checker.pid
  expect(checker.complete("__cell_2", ...atBar(`${imported}net.|`))).toHaveLength(2)
  expect([pid, checker.pid]).toEqual([undefined, running])
})

test.each([
  [
    "n|et",
    {
      name: "net",
      kind: "var",
      type: "{ layers: number; run(): void; }",
      documentation: "What was trained.",
    },
  ],
  [
    "add|(1, 2)",
    {
      name: "add",
      kind: "function",
      type: "(a: number, b: number) => number",
      documentation: "Adds.",
      tags: [{ name: "param", text: "a the first" }],
    },
  ],
  ["new B|ox(1)", { name: "Box", kind: "class", type: "typeof Box", documentation: "A box for one thing." }],
  ["let s: Sh|ape", { name: "Shape", kind: "interface", type: "Shape" }],
  ["new Box(1).val|ue", { name: "value", kind: "property", type: "number" }],
  ["Color.R|ed", { name: "Red", kind: "enum member", type: "Color.Red", value: "0" }],
  ['type T| = "a" | "b"', { name: "T", kind: "type" }],
])("%s is described", (place, expected) => {
  const { checker } = setUp()
  expect(checker.describe("__cell_2", ...atBar(imported + place))).toMatchObject(expected)
})

test("nothing is described where there is no name", () => {
  const { checker } = setUp()
  expect(checker.describe("__cell_2", ...atBar("1 +| 2"))).toBeUndefined()
})
