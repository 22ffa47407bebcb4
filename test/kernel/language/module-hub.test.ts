import { rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { hubText } from "../../../src/kernel/language/hub-text.js"
import { type CellAnswer, Language } from "../../../src/kernel/language/language.js"
import { LiveNames } from "../../../src/kernel/language/live-names.js"
import { ModuleHub } from "../../../src/kernel/language/module-hub.js"
import { readCell } from "../../../src/kernel/language/read-cell.js"
import { notebookFolder, writeFiles } from "./notebook-folder.js"

const typeRoots = [fileURLToPath(new URL("../../../node_modules/@types", import.meta.url))]
const pkg = {
  "node_modules/pkg/package.json": '{ "name": "pkg", "types": "i.d.ts", "main": "i.js" }',
  "node_modules/pkg/i.js": "exports.measure = () => 1",
  "node_modules/pkg/i.d.ts":
    "export declare class Ruler { length: number }\nexport declare function measure(what: string): number",
}

describe("the text of a cell that imports from one module only", () => {
  const textOf = (code: string, live = new LiveNames(), hub = new ModuleHub()) => {
    const cell = readCell(code)
    return hubText(code, cell, live.usedBy(cell), hub)?.text
  }

  it("has aliases for what the cell imports, and its own lines and columns", () => {
    const code =
      'import {\n  statSync as s } from "node:fs"; import * as path from "path"\nconst q = s(path.sep)'
    const hub = new ModuleHub()
    const [fs, path] = [hub.nameOf("node:fs"), hub.nameOf("path")]
    const [header, ...rest] = textOf(code, undefined, hub)!.split("\n")
    expect(header).toBe(
      `import { ${fs}, ${path} } from "./__modules"; import s = ${fs}.statSync; import path = ${path};`,
    )
    expect(rest).toEqual(["        ", " ".repeat(62), "const q = s(path.sep)", "export { q };"])
  })

  it("has aliases for helpers, and for what only an earlier cell's module can say", () => {
    const live = new LiveNames()
    live.addHelpers("prelab", ["loadNet"], [])
    live.addCell("__cell_1", readCell("class C {}; let v = [new C()]"))
    const hub = new ModuleHub()
    hub.add("prelab")
    expect(textOf("loadNet(v, C)", live, hub)).toBeUndefined()
    hub.add("./__cell_1")
    const [prelab, cell] = [hub.nameOf("prelab"), hub.nameOf("./__cell_1")]
    expect(textOf("loadNet(v, C)", live, hub)!.split("\n")[0]).toBe(
      `import { ${prelab}, ${cell} } from "./__modules"; import loadNet = ${prelab}.loadNet; declare let v: typeof ${cell}.v; import C = ${cell}.C;`,
    )
  })

  it.each([
    'import fs from "node:fs"',
    'import { default as fs } from "node:fs"',
    'import type { Stats } from "node:fs"',
    'import { type Stats } from "node:fs"',
    'import { "some name" as n } from "node:fs"',
    'import data from "./data.json" with { type: "json" }',
    'import { a } from "never-seen"',
    'import "node:fs"',
  ])("does not exist for %s", (code) => {
    expect(textOf(code)).toBeUndefined()
  })
})

describe.each(["typescript7", "typescript6"])("cells checked by %s", (checker) => {
  let language: Language
  let folder: string
  beforeEach(() => {
    vi.stubEnv("PRELAB_CHECKER", checker)
    folder = notebookFolder({ ...pkg, "tsconfig.json": JSON.stringify({ compilerOptions: { typeRoots } }) })
    language = new Language(folder, [], (line) => expect.unreachable(line))
    language.warmUp()
    return () => language.close()
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  const compiled = (code: string): CellAnswer => {
    const answer = language.compileCell(code, { label: "cell", keep: true })
    language.settle()
    language.learn()
    return answer
  }
  const problems = (code: string) => {
    const answer = compiled(code)
    return answer.ok ? [] : answer.problems.map(({ line, column, code: n }) => [n, line, column])
  }

  it("may import what came with Node in each kind of statement, again and again", () => {
    for (const _ of [1, 2])
      for (const code of [
        'import * as fs from "node:fs"\nfs.statSync("/").size.toFixed()',
        'import { statSync as s, Stats } from "fs"\nconst one: Stats = s("/")',
        'import assert from "node:assert"\nassert(true)',
        'import * as assert from "node:assert"\nassert.ok(true)',
        'import { Readable } from "node:stream"\nclass R extends Readable {}',
        'import type { Stats } from "node:fs"\nlet two: Stats | undefined',
        "two = one\ns('/') === one && fs.existsSync('/')",
      ])
        expect(problems(code), code).toEqual([])
  })

  it("say what is wrong in their own words and places, whatever they import", () => {
    compiled('import { measure, Ruler } from "pkg"\nclass Wheel { spokes = 3 }')
    expect(problems('import { nothing } from "node:fs"\nnothing()')).toEqual([[2305, 1, 10]])
    expect(problems('import { nothing } from "pkg"\nnothing()')).toEqual([[2305, 1, 10]])
    expect(problems('import * as fs from "node:fs"\n\n  fs.nothing()')).toEqual([[2339, 3, 6]])
    expect(problems('import { statSync } from "node:fs"\nstatSync(5)')).toEqual([[2769, 2, 10]])
    expect(problems('import { a } from "not-there"')).toEqual([[2307, 1, 19]])
    expect(problems('import type { Stats } from "node:fs"\nnew Stats()')).toEqual([[1361, 2, 5]])
    expect(problems("const n: string = measure('x')")).toEqual([[2322, 1, 7]])
    expect(problems("measure = 3")).toEqual([[2632, 1, 1]])
    expect(problems("const w = new Wheel()\nw.spokes = ''")).toEqual([[2322, 2, 1]])
    expect(problems("Wheel.spokes")).toEqual([[2339, 1, 7]])
    const answer = compiled("const w: Wheel = new Ruler()")
    expect(answer.ok ? "" : answer.problems[0]!.message).toContain("'Ruler' but required in type 'Wheel'")
  })

  it("use the newest of what earlier cells declared under one name", () => {
    compiled("class Wheel { spokes = 3 }")
    compiled("const old = new Wheel()")
    compiled("class Wheel { rim = 'r' }")
    expect(problems("const r: string = new Wheel().rim\nconst n: number = old.spokes")).toEqual([])
    expect(problems("new Wheel().spokes")).toEqual([[2339, 1, 13]])
    language.reset()
    expect(problems("new Wheel()")).toEqual([[2304, 1, 5]])
  })

  it("offer packages and files of a folder with capitals in its name", () => {
    const at = join(folder, "Capitals")
    writeFiles(at, { ...pkg, "side.ts": "export const side = 1" })
    const other = new Language(at, [], (line) => expect.unreachable(line))
    onTestFinished(() => other.close())
    const offered = (code: string) => other.complete(code, code.length - 1).matches.map(({ text }) => text)
    expect(offered('import { } from "pk"')).toEqual(["pkg"])
    expect(offered('import { } from "./si"')).toEqual(["side"])
  })

  it("notice that a file of the reader's is gone", () => {
    writeFiles(folder, { "side.ts": "export const side = 1" })
    expect(problems('import { side } from "./side"\nside')).toEqual([])
    rmSync(`${folder}/side.ts`)
    language.compileCell("0", { label: "cell", keep: true })
    expect(problems('import { side } from "./side"\nside')).toEqual([[2307, 1, 22]])
  })
})
