import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

describe.each(["typescript7", "typescript6"])("what a cell declares for all others, with %s,", (checker) => {
  let kernel: KernelClient
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
    const folder = join(kernel.folder, "notebook")
    mkdirSync(join(folder, "node_modules/@types/extra"), { recursive: true })
    writeFileSync(join(folder, "node_modules/@types/extra/index.d.ts"), "declare const extra: string")
    writeFileSync(join(folder, "own.d.ts"), "type Own = 'own' | 'mine'")
    for (const name of ["widely", "quietly", "openly"]) {
      const own = join(folder, "node_modules", name)
      mkdirSync(own)
      writeFileSync(join(own, "package.json"), `{ "name": "${name}", "types": "i.d.ts", "main": "i.js" }`)
      writeFileSync(join(own, "i.js"), `globalThis.${name} = 1; exports.options = (o) => o.size + o.more`)
      const types = `declare global { var ${name}: number }\nexport interface Options { size: number }`
      writeFileSync(join(own, "i.d.ts"), `${types}\nexport declare function options(o: Options): number`)
    }
    writeFileSync(
      join(folder, "setup.ts"),
      "declare global { var setUp: string }\nglobalThis.setUp = 'up'\nexport {}",
    )
  })
  afterAll(async () => {
    await kernel.close()
  })

  const value = (...cells: string[]) => lastShown(kernel, ...cells)

  it("stays when another cell declares something else", async () => {
    const first =
      "declare global { var first: number; interface Array<T> { middle(): T } }\nglobalThis.first = 1"
    const method = "Array.prototype.middle = function () { return this[this.length >> 1] }"
    const second = "declare global { var second: string }\nglobalThis.second = 's'"
    expect(await value(first, second, method, "[1, 2, 3].middle() + first + second")).toBe("'3s'")
    expect(await value("typeof global.setTimeout")).toBe("'function'")
  })

  it("may be declared anew with another type", async () => {
    const text = "declare global { var again: string }\nglobalThis.again = 'text'"
    expect(
      await value("declare global { var again: number }\nglobalThis.again = 1", text, "again.length"),
    ).toBe("4")
  })

  // After a pause the next cell failed: "Subsequent variable declarations must have the same type."
  it.each([0, 200])(
    "may be declared anew %i ms later, and later cells have the new one alone",
    async (ms) => {
      const pause = `await new Promise((done) => setTimeout(done, ${ms}))`
      const first = "declare global { var anew: number; var other: 1; interface Array<T> { third(): T } }"
      const second =
        "declare global { var anew: string; interface Array<T> { third(): string } }\nglobalThis.anew = 's'"
      expect(await value(first, pause, second, pause, "anew.length")).toBe("1")
      expect(await value("declare global { var anew: boolean }\nanew + 1")).toMatch(
        "Operator '+' cannot be applied",
      )
      expect(await value("const text: string = anew; const one: typeof other = 1; text + one")).toBe("'s1'")
      expect(await value("const n: number = [1].third()")).toBe(
        "Type 'string' is not assignable to type 'number'.",
      )
    },
  )

  it("in a namespace leaves what other cells declare there", async () => {
    const variable = (name: string) =>
      `declare global { namespace NodeJS { interface ProcessEnv { ${name}: "${name}" } } }\nprocess.env.${name} = "${name}"`
    expect(
      await value(variable("ONE"), variable("TWO"), "process.env.ONE.length + process.env.TWO.length"),
    ).toBe("6")
  })

  it("in another module is there in later cells", async () => {
    const first =
      "declare module 'node:path' { interface PlatformPath { added: number } }\nimport path from 'node:path'\npath.added = 5"
    expect(await value(first, "1 + 1", "path.added + 1")).toBe("6")
    expect(await value("import other from 'node:path'\nother.added")).toBe("5")
  })

  // A later cell knew of it only if it imported the same module again: "Cannot find name '$'", after `import "zx/globals"`.
  it("is there in later cells where a module has declared it that was imported", async () => {
    expect(await value('import "widely"', "widely + 1")).toBe("2")
    expect(await value('import { options } from "quietly"', "quietly + 1")).toBe("2")
    expect(await value('import "./setup"', "setUp.length", "setUp + 'on'")).toBe("'upon'")
    expect(await value("const sum: number = widely + quietly; sum")).toBe("2")
    expect(await value("const wrong: string = widely")).toBe(
      "Type 'number' is not assignable to type 'string'.",
    )
  })

  // "Invalid module name in augmentation, module 'openly' cannot be found."
  it("in a module that an earlier one imported is there in later cells", async () => {
    const first = 'import { options } from "openly"'
    const more = 'declare module "openly" { interface Options { more: number } }'
    expect(await value(first, more, "options({ size: 1, more: 2 })")).toBe("3")
    expect(await value("options({ size: 1 })")).toMatch("Property 'more' is missing")
  })

  it("by a reference to a file, a package or a library is there in later cells", async () => {
    expect(await value('// A note.\n/// <reference path="./own.d.ts" />\nlet own: Own = "own"; own')).toBe(
      "'own'",
    )
    expect(await value("const mine: Own = 'mine'; mine")).toBe("'mine'")
    expect(await value("const other: Own = 'other'")).toMatch("not assignable to type 'Own'")
    expect(await value('/// <reference types="extra" />\nlet e: typeof extra = "e"; e')).toBe("'e'")
    expect(await value('/// <reference lib="dom" />\n1', "let node: HTMLElement | null = null; node")).toBe(
      "null",
    )
  })
})
