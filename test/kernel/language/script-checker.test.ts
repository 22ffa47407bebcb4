import { join } from "node:path"
import ts from "typescript"
import { expect, onTestFinished, test } from "vitest"
import { BegunChecks } from "../../../src/kernel/language/begun-checks.js"
import { ScriptChecker } from "../../../src/kernel/language/script-checker.js"
import { ServiceHost } from "../../../src/kernel/language/service-host.js"
import { cellsWithProblems, notebookFiles } from "./cells-with-problems.js"
import { compilerOptions, optionsWithPaths } from "./native-setup.js"
import { notebookFolder, writeFiles } from "./notebook-folder.js"
import { serviceChecker } from "./service-checker.js"

function openChecker(folder: string, options: ts.CompilerOptions = compilerOptions) {
  const host = new ServiceHost(folder, options)
  const checker = new ScriptChecker(host)
  onTestFinished(() => checker.close())
  const codes = (text: string) => checker.check("__cell", `${text}\nexport {}`).map(({ code }) => code)
  return { host, checker, codes }
}

test("a cell has the problems of one that is checked first, whatever was checked before", () => {
  const folder = notebookFolder(notebookFiles)
  const options = optionsWithPaths(folder)
  const { host, checker, codes } = openChecker(folder, options)
  const service = serviceChecker(folder, options)
  const first = "export const first = 1\nexport let count = 0"
  host.keep("__cell_first", first)
  service.set("__cell_first", first)
  for (const [what, cell] of Object.entries(cellsWithProblems)) {
    expect(codes(`const right = ["${what}"]`), what).toEqual([])
    const text = `${cell}\nexport {}`
    const all = service.check("__cell", text)
    // What is concluded from a text that is no TypeScript is not asked for.
    const syntactic = service.service.getSyntacticDiagnostics(join(folder, "__cell.ts"))
    const expected = syntactic.length > 0 ? all.slice(0, syntactic.length) : all
    expect(expected, what).not.toEqual([])
    expect(checker.check("__cell", text), what).toEqual(expected)
  }
})

test("a program in use tells right texts from others", () => {
  const name = join(notebookFolder({ "cell.ts": "export {}" }), "cell.ts")
  const program = ts.createProgram([name], compilerOptions)
  const checks = new BegunChecks(() => false)
  const isRight = (text: string) => checks.rightFile(program, name, text) !== undefined
  const right = [
    'import { statSync } from "node:fs"\nexport const size = statSync("/").size.toFixed()',
    "export {}",
  ]
  for (const text of [...right, ...right]) expect(isRight(text), text).toBe(true)
  for (const text of [
    'export const n: number = ""',
    "export const n = ",
    "const n = 1, n = 2\nexport {}",
    'import { a } from "./other"\nexport {}',
    "// @ts-expect-error\nexport const n = 1",
    "declare global { interface Array<T> { third(): T } }\nexport {}",
    "const n = 1",
  ])
    expect(isRight(text), text).toBe(false)
})

test("what one text declares for all modules, or imports, the next one has not", () => {
  const { codes } = openChecker(
    notebookFolder({
      "node_modules/wide/package.json": '{ "name": "wide", "types": "index.d.ts" }',
      "node_modules/wide/index.d.ts": "declare global { var wide: number }\nexport {}",
    }),
  )
  expect(codes("declare global { interface Array<T> { third(): T } }\n[1].third()")).toEqual([])
  expect(codes("[1].third()")).toEqual([2339])
  expect(codes('import "wide"\nwide.toFixed()')).toEqual([])
  expect(codes('import "wide"\nwide.toFixed(1)')).toEqual([])
  expect(codes("wide.toFixed()")).toEqual([2304])
})

test("the types of a text are its own, whatever was checked before", () => {
  const { checker } = openChecker(notebookFolder())
  for (const type of ["number", "string[]", "{ a: 1; }", '"b" | "a"', "number"]) {
    const text = `export declare const value: ${type}`
    expect(checker.check("__cell", text)).toEqual([])
    expect(checker.typesAt("__cell", [text.indexOf("value")])).toEqual([type])
  }
})

test("a right text knows its place and its imports, as files of a program do", () => {
  const text =
    'import { statSync } from "node:fs"\nexport * from "node:os"\nexport let v: import("node:vm").Script\nvoid import("node:v8")'
  const name = join(notebookFolder({ "cell.ts": text }), "cell.ts")
  const program = ts.createProgram([name], compilerOptions)
  const place = (file: ts.SourceFile | undefined) => {
    const { path, resolvedPath, originalFileName, fileName, imports } = file as ts.SourceFile &
      Record<string, unknown> & { imports?: ts.StringLiteral[] }
    return { path, resolvedPath, originalFileName, fileName, imports: imports?.map(({ text }) => text) }
  }
  const found = new BegunChecks(() => false).rightFile(program, name, `${text}\nstatSync("/")`)
  expect(place(found)).toEqual(place(program.getSourceFile(name)))
})

test("a file that has changed is another one for the next cell", () => {
  const folder = notebookFolder({ "side.ts": "export const side = 1" })
  const { checker, codes } = openChecker(folder)
  const uses = 'import { side } from "./side"; side.toFixed()'
  expect([codes(uses), codes(`${uses}; 1`)]).toEqual([[], []])
  writeFiles(folder, { "side.ts": 'export const side = "one"' })
  checker.refresh()
  expect(codes(uses)).toEqual([2551])
})

test.each([false, true])(
  "global declarations of a kept cell, and of what it imports, are seen until it is dropped (at rest: %s)",
  (rests) => {
    const folder = notebookFolder({
      "node_modules/wide/package.json": '{ "name": "wide", "types": "index.d.ts" }',
      "node_modules/wide/index.d.ts": 'import "./more"\nexport {}',
      "node_modules/wide/more.d.ts": "declare global { var wide: number }\nexport {}",
    })
    const { host, checker, codes } = openChecker(folder)
    const own = "declare global { interface Array<T> { third(): T } }\nexport {}"
    const uses = ["wide.toFixed()", "[1].third().toFixed()"]
    const seen = () => {
      if (rests) checker.settle()
      return uses.map((text) => codes(text))
    }
    codes("0")
    expect(seen()).toEqual([[2304], [2339]])
    host.keep("__cell_1", 'import "wide"\nexport class A {}')
    host.keep("__cell_2", own)
    expect(seen()).toEqual([[], []])
    host.drop("__cell_1")
    expect(seen()).toEqual([[2304], []])
    host.drop("__cell_2")
    expect(seen()).toEqual([[2304], [2339]])
  },
)
