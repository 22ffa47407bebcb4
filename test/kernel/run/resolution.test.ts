import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText } from "../client.js"

const json = (value: object) => JSON.stringify(value)

/** A project: the notebook lies in its folder, and below it a library with packages of its own. */
const files: Record<string, string> = {
  "package.json": json({
    type: "module",
    imports: {
      "#deep": "./lib/deep.ts",
      "#lib/*": "./lib/*.ts",
      "#plain": "./lib/plain.js",
      "#platform": { node: "./lib/node.ts", default: "./lib/page.ts" },
    },
  }),
  "tsconfig.json": json({ compilerOptions: { baseUrl: "./source", ignoreDeprecations: "6.0" } }),
  "source/shapes/round.ts": "export const round = 'round'",
  "lib/deep.ts": "export const deep: string = 'deep'",
  "lib/node.ts": "export const platform = 'node'",
  "lib/page.ts": "export const platform = 'page'",
  "lib/other.ts": "export const other: string = 'other'",
  "lib/plain.js": "export const plain = 'plain'",
  "lib/pair.ts":
    'import { name } from "two-versions"\nimport { only } from "only-here"\nexport const pair = name + only\n' +
    'export const again = async () => (await import("two-versions")).name + require("only-here").only',
  "lib/node_modules/two-versions/package.json": json({ name: "two-versions", main: "i.js" }),
  "lib/node_modules/two-versions/i.js": "exports.name = 'inner'",
  "lib/node_modules/only-here/package.json": json({ name: "only-here", main: "i.js" }),
  "lib/node_modules/only-here/i.js": "exports.only = 'only'",
  "node_modules/two-versions/package.json": json({ name: "two-versions", main: "i.js" }),
  "node_modules/two-versions/i.js": "exports.name = 'outer'",
  "node_modules/rows/package.json": json({
    name: "rows",
    type: "module",
    exports: { "./rows.json": "./rows.json" },
  }),
  "node_modules/rows/rows.json": json({ rows: [1, 2] }),
  "packages/source-only/package.json": json({ name: "source-only", exports: "./index.ts", type: "module" }),
  "packages/source-only/index.ts":
    'import { only } from "nested"\nexport const v: string = "source" + only\nexport enum Kind { a = "A" }',
  "packages/source-only/node_modules/nested/package.json": json({ name: "nested", main: "i.js" }),
  "packages/source-only/node_modules/nested/i.js": "exports.only = '-nested'",
}

describe.each(["typescript7", "typescript6"])("imports are found, with %s,", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
    for (const [name, text] of Object.entries(files)) write(name, text)
    symlinkSync("../packages/source-only", join(kernel.folder, "notebook/node_modules/source-only"))
  })
  afterAll(async () => {
    await kernel.close()
  })

  function write(name: string, text: string): void {
    const file = join(kernel.folder, "notebook", name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  const value = async (code: string) => {
    const cell = await kernel.execute(code)
    return resultText(cell) ?? cell.reply.content.evalue
  }

  it("by the names of package.json, in TypeScript and in JavaScript", async () => {
    const code =
      'import { deep } from "#deep"\nimport { other } from "#lib/other"\nimport { plain } from "#plain"'
    expect(await value(`${code}\n[deep, other, plain].join()`)).toBe("'deep,other,plain'")
    write("lib/deep.ts", "export const deep: string = 'saved anew'")
    expect(await value("deep")).toBe("'saved anew'")
  })

  // Node loads what a package has for Node; types for bundlers described another file of it.
  it("in the variant for Node where there are several", async () => {
    const packed = { name: "several", type: "module", exports: { node: "./node.js", default: "./page.js" } }
    write("node_modules/several/package.json", json(packed))
    for (const where of ["node", "page"]) {
      write(`node_modules/several/${where}.js`, `export const where = "${where}"`)
      write(`node_modules/several/${where}.d.ts`, `export const where: "${where}"`)
    }
    expect(await value('import { where } from "several"\nconst here: "node" = where\nhere')).toBe("'node'")
    expect(await value('import { platform } from "#platform"\nplatform')).toBe("'node'")
  })

  it("in a package that is linked and written in TypeScript, and what it imports beside it", async () => {
    expect(await value('import { v, Kind } from "source-only"\nv + Kind.a')).toBe("'source-nestedA'")
  })

  it("beside the file that imports them, which may be another version than the notebook's", async () => {
    expect(await value('import { name } from "two-versions"\nname')).toBe("'outer'")
    expect(await value('import { pair, again } from "./lib/pair"\npair + (await again())')).toBe(
      "'inneronlyinneronly'",
    )
    expect(await value("name")).toBe("'outer'")
  })

  it("in a package's JSON, with and without an attribute", async () => {
    expect(await value('import data from "rows/rows.json" with { type: "json" }\ndata.rows.length')).toBe("2")
    expect(await value('import plain from "rows/rows.json"\nplain.rows[1]')).toBe("2")
    expect(await value('(await import("rows/rows.json")).default.rows[0]')).toBe("1")
  })

  it("although what another module calls something is the name of a module that fails to load", async () => {
    write("fails.ts", "export const deep: number = 1\nthrow new Error('as it loads')")
    expect(await value('import { deep } from "./fails"')).toBe("as it loads")
    expect(await value('import { deep as fine } from "#deep"\nfine.length > 0')).toBe("true")
    expect(await value('export { deep as more } from "#deep"; 5')).toBe("5")
  })

  it("no more once their file is saved without them, which is told where they are used", async () => {
    write("names.ts", "export const kept = 1, gone = 2")
    expect(await value('import { kept, gone as mine } from "./names"\nkept + mine')).toBe("3")
    write("names.ts", "export const kept = 10")
    expect(await value("kept")).toBe("10")
    const { reply } = await kernel.execute("const own = kept\nown.toFixed() + mine")
    expect(reply.content).toMatchObject({ ename: "TS2305", evalue: expect.stringContaining("'gone'") })
    expect((reply.content.traceback as string[])[0]).toMatch(/:2:17 - TS2305/)
    write("names.ts", "export const kept = 10, gone = 20")
    expect(await value("kept + mine")).toBe("30")
  })

  it("below the tsconfig's baseUrl", async () => {
    // The tsconfig is read when a kernel starts.
    const restarted = await KernelClient.start({
      cwd: join(kernel.folder, "notebook"),
      env: { PRELAB_CHECKER: checker },
    })
    const cell = await restarted.execute('import { round } from "shapes/round"\nround')
    expect(resultText(cell) ?? cell.reply.content.evalue).toBe("'round'")
    await restarted.close()
  })
})
