import ts from "typescript"
import { beforeAll, expect, test } from "vitest"
import { isPlainType } from "../../../src/kernel/language/plain-type.js"
import { readCell } from "../../../src/kernel/language/read-cell.js"
import { ScriptChecker } from "../../../src/kernel/language/script-checker.js"
import { ServiceHost } from "../../../src/kernel/language/service-host.js"
import { compilerOptions } from "./native-setup.js"

/** What they may stand beside; the last declaration of a text is the one that is looked at. */
const before = `
declare const some: number, big: bigint, free: any, list: number[], thing: { a?: string }
enum Colour { Red, Green }
`

/** Whose types their own words say. */
const said = [
  "let v: number[] = [1]",
  "const v: string | undefined = thing.a",
  'let v: "a" | "b" = "a"',
  "const v: 5 = 5",
  "let v: (n: number, s?: string) => void = () => {}",
  "let v: { a: number; b?: string } | null = null",
  "const v: readonly [number, string] = [1, 'a']",
  "var v: number = 1; var v: number = 2",
  "let v = 5",
  "let v = 'a'",
  "let v = `a`",
  `let v = \`\${some}\``,
  "let v = true",
  "const v = some * 2 + 1",
  "const v = 2 ** some",
  "const v = (some % 3) - (1 + 2)",
  "const v = free - 1",
  "const v = 1 + 2",
  "const v = some | 4",
  "const v = Colour.Red * 2",
  "const v = 'a' + some",
  `const v = free + \`b\${some}\``,
  "const v = some === 1",
  "const v = (free in list)",
  "let v = list instanceof Array",
  "const v = big < 5",
  "function v(x: number): number { return x * 2 }",
  "function v(x: number, y?: string): void {}",
  "function v(): { a: number } { return { a: 1 } }",
]

/** Whose types only the type checker knows. */
const unsaid = [
  "const v = +5",
  "const v = -5",
  "const v = (5)",
  `const v = \`\${some}\``,
  "const v = big * big",
  "const v = some + some",
  "const v = some * some",
  "const v = free + 1",
  "const v = Colour.Red",
  "const v = !thing",
  "const v = typeof some",
  "const v = some || 'a'",
  "const v = some > 1 ? 1 : 2",
  "const v = { a: 1 }",
  "let v = null",
  "const v: Colour = Colour.Red",
  "let v: number[/* a comment */] = []",
  "let v: {\n  a: number\n} = { a: 1 }",
  "const { length: v } = list",
  "function v(x: number) { return x }",
  "function v(x = 1): number { return x }",
  "function v(...x: number[]): number { return 1 }",
  "function v({ a }: { a: number }): number { return a }",
  "function v<T>(x: T): T { return x }",
  "async function v(): Promise<number> { return 1 }",
  "function* v(): any { yield 1 }",
  "function v(x: number): number; function v(x: string): string; function v(x: any): any { return x }",
  "function v(x: number): number { return x }\nv.count = 0",
  "function v(x: number): number { return x }\nnamespace v { export const count = 0 }",
]

let checker: ScriptChecker
beforeAll(() => {
  checker = new ScriptChecker(new ServiceHost(import.meta.dirname, compilerOptions))
  return () => checker.close()
})

const declared = (text: string) => readCell(before + text).declared.find(({ name }) => name === "v")!

test.each(said)("the words say what the type checker would: %s", (text) => {
  const { at, said: words, literal } = declared(text)
  expect(checker.check("__cell", `${before}${text}\nexport {}`)).toEqual([])
  const [type] = checker.typesAt("__cell", [at!])
  expect(literal).toBe(undefined)
  expect(words && normal(words)).toBe(normal(type!))
})

test.each(unsaid)("the words do not say it: %s", (text) => {
  expect(declared(text).said).toBe(undefined)
})

test("a said type means the same in every module", () => {
  for (const text of said) expect(isPlainType(declared(text).said!), text).toBe(true)
})

/** A type as the printer has it, whatever its blanks and semicolons. */
function normal(type: string): string {
  const file = ts.createSourceFile("type.ts", `type T = ${type}`, ts.ScriptTarget.ES2022)
  return ts.createPrinter({ removeComments: true }).printFile(file).replaceAll("'", '"')
}
