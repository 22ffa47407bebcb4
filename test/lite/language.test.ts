import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { LanguagePage } from "./language-page.js"

let language: LanguagePage
beforeAll(async () => {
  language = await LanguagePage.open({
    "notes/tsconfig.json":
      '{ "extends": "../base", "compilerOptions": { "paths": { "@own/*": ["../own/*"] } } }',
    "base.json": '{ "compilerOptions": { "noUncheckedIndexedAccess": true } }',
    "own/scale.ts": "export const scale = (n: number): number => 2 * n",
  })
  console.log(`the language in a browser is ready after ${Math.round(language.readyMs)} ms`)
})
afterAll(async () => {
  await language.close()
})

async function completed(marked: string): Promise<string[]> {
  return (await language.typing("complete_request", marked)).matches as string[]
}

async function inspected(marked: string): Promise<string> {
  const { data } = await language.typing("inspect_request", marked)
  return (data as Record<string, string>)["text/plain"] ?? ""
}

describe("a cell in a browser", () => {
  it("is refused for a mistake, with its code and place", async () => {
    expect(await language.problems("const n = 1\nconst s: string = n + 1")).toEqual(["2322 2:7"])
  })

  it("is checked strictly, and by the reader's tsconfig", async () => {
    expect(await language.problems("function f(x) { return x }")).toEqual(["7006 1:12"])
    expect(await language.problems("new Map<string, number>().get('a').toFixed()")).toEqual(["2532 1:1"])
    expect(await language.problems("const list = [1]; list[0].toFixed()")).toEqual(["2532 1:19"])
  })

  it("sees what earlier cells declared, with its type", async () => {
    expect(await language.problems("class Wheel { spokes = 3 }\nconst wheels = [new Wheel()]")).toEqual([])
    expect(await language.problems("const spokes: number = wheels[0]!.spokes")).toEqual([])
    expect(await language.problems("wheels[0]!.rims")).toEqual(["2339 1:12"])
  })

  it("has a worker's globals, some of Node's, and no document", async () => {
    const code = `
      const response: Response = await fetch("x")
      const canvas = new OffscreenCanvas(1, 1).getContext("2d")
      const gpu: GPUAdapter | null = await navigator.gpu.requestAdapter()
      const text: string = Buffer.from("x").toString("base64") + process.cwd()
      const doubled: number[] = [1].values().map((n) => 2 * n).toArray()`
    expect(await language.problems(code)).toEqual([])
    expect(await language.problems("document.title")).toEqual(["2584 1:1"])
  })

  it("uses the library without an import", async () => {
    const code = `import { PReluError as Missing } from "prelab"`
    expect(await language.problems(code)).toEqual(["2724 1:10"])
    expect(await language.problems('display(await loadNet("a.prototxt", "a.caffemodel"))')).toEqual([])
    expect(await language.problems('const e: PrelabError = new PrelabError("no", 1); loadNet(1)')).toEqual([
      "2345 1:58",
    ])
  })

  it("keeps its place over an await in a function, and yields its own", async () => {
    const answer = await language.cell(
      "async function late() { for await (const n of [1]) await n }\nconst arrow = async () => await late()\nawait arrow()",
    )
    expect(answer).toMatchObject({ ok: true, awaits: true })
    if (!answer.ok) return
    expect(answer.js).toContain("__resume(await __pause(n))")
    expect(answer.js).toMatch(/async \(\) => \(.*, __resume\(await __pause\(/)
    expect(answer.js).toMatch(/__resume\(await __pause\(\w+\.next\(\)\)\)\.done/)
    expect(answer.js).toContain("(yield (0, exports.arrow)())")
  })
})

describe("an import in a browser", () => {
  it("of a package that nobody has types of is any", async () => {
    const code = `
      import { chunk } from "lodash-es"
      import * as d3 from "https://cdn.jsdelivr.net/npm/d3@7/+esm"
      import { readFile } from "node:fs/promises"
      const pairs: number[][] = chunk([1, 2, 3], 2).map((pair, i) => d3.sum(pair, { by: (n) => n + i }))
      const text: string = await readFile("x", "utf8")`
    expect(await language.problems(code)).toEqual([])
    expect(await language.problems("chunk([1], 2).anything")).toEqual([])
    expect(await language.problems("const own = (x) => chunk(x)")).toEqual(["7006 1:14"])
  })

  it("of a file that is missing is a mistake until it is there", async () => {
    expect(await language.problems('import { late } from "./late"')).toEqual(["2307 1:22"])
    await language.write("notes/late.ts", "export const late = 1")
    expect(await language.problems('import { late } from "./late"')).toEqual([])
  })

  it("of the reader's files follows what they import, and their changes", async () => {
    await language.write(
      "notes/helper.ts",
      'import { unit } from "./parts/unit.js"\nexport const size = () => unit',
    )
    await language.write("notes/parts/unit.ts", "export const unit = 1")
    const use = 'import { size } from "./helper.ts"\nconst n: number = size()'
    expect(await language.problems(use)).toEqual([])
    await language.write("notes/parts/unit.ts", 'export const unit = "cm"')
    expect(await language.problems(use)).toEqual(["2322 2:7"])
    expect(await language.problems("const s: string = size()")).toEqual([])
    await language.write("notes/helper.ts", undefined)
    expect(await language.problems(use)).toEqual(["2307 1:22"])
  })

  it("of data, declarations, a folder, and by a name of the tsconfig", async () => {
    await language.write("notes/data.json", '{ "rows": [1, 2] }')
    await language.write("notes/plain.js", "export const twice = (n) => 2 * n")
    await language.write("notes/plain.d.ts", "export declare const twice: (n: number) => number")
    await language.write("notes/room/index.ts", "export const room = true")
    const code = `
      import data from "./data.json"
      import { twice } from "./plain.js"
      import { room } from "./room"
      import { scale } from "@own/scale"
      const numbers: [number[], number, boolean, number] = [data.rows, twice(1), room, scale(1)]`
    const answer = await language.cell(code)
    expect(answer).toMatchObject({ ok: true })
    if (!answer.ok) return
    expect(answer.imports.map(({ file }) => file)).toEqual([
      "/drive/notes/data.json",
      "/drive/notes/plain.js",
      "/drive/notes/room/index.ts",
      "/drive/own/scale.ts",
    ])
  })

  it("of a file that cannot be read says so, and is no obstacle to what is typed", async () => {
    await language.write("notes/locked.ts", "export const locked = 1")
    const code = 'import { locked } from "./locked"'
    await expect(language.cell(code)).rejects.toThrow("EACCES: notes/locked.ts")
    expect(await completed(`${code}\nMath.hyp¦`)).toEqual(["hypot"])
    expect(await language.problems("const unlocked = 1")).toEqual([])
  })

  it("is compiled, and found, for the cells worker", async () => {
    await language.write(
      "notes/tool/main.ts",
      'import { part } from "./part"\nexport const tool = await part()',
    )
    await language.write("notes/tool/part.ts", "export const part = async () => await 1")
    const file = "/drive/notes/tool/main.ts"
    expect(await language.ask({ type: "locate", specifier: "./tool/main", from: undefined })).toEqual({
      specifier: "./tool/main",
      file,
    })
    expect(await language.ask({ type: "file", file })).toMatchObject({
      awaits: true,
      imports: [{ specifier: "./part", file: "/drive/notes/tool/part.ts" }],
    })
  })
})

describe("what the reader types in a browser", () => {
  it("is completed by names and by the members of types", async () => {
    expect(await completed("prelu¦")).toContain("preluSlopes")
    const members = await completed('const net = await loadNet("a")\nnet.¦')
    expect(members).toEqual(expect.arrayContaining(["layers", "with"]))
    expect(await completed("[1].findLas¦")).toEqual(["findLast", "findLastIndex"])
  })

  it("is explained, with its documentation", async () => {
    const text = await inspected("preluSl¦opes")
    expect(text).toContain("function preluSlopes(")
    expect(text.split("\n\n").length).toBeGreaterThan(1)
  })

  it("of a helper file is known before a cell has imported it", async () => {
    await language.write("notes/typed.ts", "/** The side. */\nexport const sideways = { left: 1, right: 2 }")
    expect(await completed('import { sideways } from "./typed"\nsideways.¦')).toEqual(["left", "right"])
  })

  it("is completed by the names of files and folders", async () => {
    await language.write("notes/parts/sideboard.ts", "export {}")
    expect(await completed('import { } from "./parts/sid¦"')).toEqual(["sideboard"])
    expect(await completed('import { } from "./par¦"')).toEqual(["parts"])
  })

  it("is whole or not", async () => {
    const statusOf = async (code: string) => (await language.typing("is_complete_request", code)).status
    expect(await statusOf("const a = 1")).toBe("complete")
    expect(await statusOf("function f() {")).toBe("incomplete")
    expect(await statusOf("const = }")).toBe("invalid")
  })
})

it("asks the drive nothing for a cell without files, and knows tslab", async () => {
  const other = await LanguagePage.open()
  try {
    await other.takeQuestions()
    expect(await other.problems('import { chunk } from "lodash-es"\nconst n = 1')).toEqual([])
    await other.typing("complete_request", "[1].fl¦")
    expect(await other.takeQuestions()).toEqual([])
    // From here on nothing is checked strictly.
    expect(await other.problems('import * as tslab from "tslab"\ntslab.display.html("<b>")')).toEqual([])
    expect(other.errors).toEqual([])
  } finally {
    await other.close()
  }
})
