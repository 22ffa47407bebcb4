import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "../client.js"

let kernel: KernelClient
let folder: string
beforeEach(async () => {
  kernel = await KernelClient.start()
  folder = join(kernel.folder, "notebook")
})
afterEach(async () => {
  await kernel.close()
})

/** Files of the notebook's folder, by their paths. */
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const value = async (code: string) => {
  const cell = await kernel.execute(code)
  return resultText(cell) ?? cell.reply.content.evalue
}

/** A package that only `import` can load, with types behind `exports`. */
const modern = {
  "node_modules/modern/package.json": JSON.stringify({
    name: "modern",
    version: "1.0.0",
    type: "module",
    exports: {
      ".": { types: "./types/index.d.ts", import: "./lib/index.js" },
      "./sub": { types: "./types/sub.d.ts", import: "./lib/sub.js" },
    },
  }),
  "node_modules/modern/types/index.d.ts":
    "/** Doubles a number. */\nexport declare function twice(n: number): number\nexport default function main(): string",
  "node_modules/modern/types/sub.d.ts": "export declare const sub: 'sub'",
  "node_modules/modern/lib/index.js":
    "await 0\nexport function twice(n) { return 2 * n }\nexport default () => 'default'",
  "node_modules/modern/lib/sub.js": "export const sub = 'sub'",
}

describe("packages", () => {
  it("in ES modules only are imported statically, with types from exports", async () => {
    write(modern)
    expect(
      await value(
        'import main, { twice } from "modern"\nimport { sub } from "modern/sub"\nmain() + twice(4) + sub',
      ),
    ).toBe("'default8sub'")
    expect(await value("twice(5)")).toBe("10")
    expect((await kernel.execute("twice('x')")).reply.content.ename).toBe("TS2345")
    expect((await kernel.execute('import "modern/hidden"')).reply.content.status).toBe("error")
  })

  it("in CommonJS have their parts by name and as default, computed ones too", async () => {
    write({
      "node_modules/old/package.json": JSON.stringify({ name: "old", main: "index.js", types: "index.d.ts" }),
      "node_modules/old/index.d.ts": "export declare const one: number\nexport declare const two: number",
      "node_modules/old/index.js": "const parts = { one: 1, ['t' + 'wo']: 2 }; module.exports = parts",
    })
    expect(
      await value('import { one, two } from "old"\nimport * as all from "old"\none + two + all.two'),
    ).toBe("5")
  })

  it("without types are any, without any finding", async () => {
    write({
      "node_modules/untyped/package.json": JSON.stringify({ name: "untyped", main: "index.js" }),
      "node_modules/untyped/index.js": "exports.f = (x) => x + 1",
    })
    expect(await value('import { f } from "untyped"\nf(1)')).toBe("2")
  })

  it("installed while the kernel runs are found, by types and by code", async () => {
    expect((await kernel.execute('import { twice } from "modern"')).reply.content.ename).toBe("TS2307")
    write(modern)
    expect(await value('import { twice } from "modern"\ntwice(21)')).toBe("42")
  })

  it("installed by a cell with npm are found by the next one", async () => {
    write({
      "package.json": "{}",
      "pack/package.json": JSON.stringify({
        name: "packed",
        version: "1.0.0",
        type: "module",
        main: "i.js",
        types: "i.d.ts",
      }),
      "pack/i.js": "export const here = 'yes'",
      "pack/i.d.ts": "export declare const here: string",
    })
    const install = await kernel.execute('await shell("npm install --no-audit --no-fund --offline ./pack")')
    expect(install.reply.content).toMatchObject({ status: "ok" })
    expect(printed(install)).toContain("added 1 package")
    expect(await value('import { here } from "packed"\nhere')).toBe("'yes'")
  })

  it("that a folder links from elsewhere are packages still", async () => {
    write({
      "../linked/package.json": JSON.stringify({ name: "linked", type: "module", main: "i.js" }),
      "../linked/i.js": "export const v = 3",
      "node_modules/.keep": "",
    })
    symlinkSync(join(folder, "../linked"), join(folder, "node_modules/linked"))
    expect(await value('import { v } from "linked"\nv')).toBe("3")
  })
})

describe("the reader's own files", () => {
  it("are new in the next cell once they are saved, their dependants too", async () => {
    write({
      "deep.ts": "export const base: number = 1",
      "lib/mid.ts": 'import { base } from "../deep"\nexport const mid = () => base * 10',
      "other.ts": 'import { base } from "./deep.js"\nexport const other = base + 100',
    })
    await kernel.execute('import { mid } from "./lib/mid"\nimport { other } from "./other.ts"')
    expect(await value("mid() + other")).toBe("111")
    write({ "deep.ts": "export const base: number = 2222" })
    expect(await value("mid() + other")).toBe("24542")
  })

  it("are new by their types too", async () => {
    write({ "shape.ts": "export interface Shape { a: number }" })
    expect(await value('import type { Shape } from "./shape"\nconst s1: Shape = { a: 1 }; s1.a')).toBe("1")
    write({ "shape.ts": "export interface Shape { a: number; extra: string }" })
    expect((await kernel.execute("const s2: Shape = { a: 1 }")).reply.content.ename).toBe("TS2741")
  })

  it("leave living objects of old classes alone", async () => {
    write({ "dog.ts": "export class Dog { speak() { return 'old' } }" })
    await kernel.execute('import { Dog } from "./dog"\nconst old = new Dog()')
    write({ "dog.ts": "export class Dog { speak() { return 'brand new' } }" })
    expect(await value("new Dog().speak() + old.speak() + (old instanceof Dog)")).toBe("'brand newoldfalse'")
  })

  it("run once for all cells as long as they stay the same", async () => {
    write({ "count.ts": "export const state = { n: 0 }" })
    await kernel.execute('import { state } from "./count"\nstate.n++')
    expect(await value('import { state as again } from "./count"\nagain.n++; state.n')).toBe("2")
  })

  it("may import each other in a circle", async () => {
    write({
      "a.ts": 'import { b } from "./b"\nexport const a = (): string => "a" + b()',
      "b.ts": 'import { a } from "./a"\nexport const b = (n = 0): string => (n > 0 ? a() : "b")',
    })
    expect(await value('import { a } from "./a"\na()')).toBe("'ab'")
  })

  it("may be JavaScript, CommonJS, JSON, or await at their top", async () => {
    write({
      "plain.js": "export const plain = 1",
      "old.cjs": "module.exports = { old: 2 }",
      "data.json": '{ "rows": [3] }',
      "later.mts": "export const later = await Promise.resolve(4)",
    })
    const code = [
      'import { plain } from "./plain.js"',
      'import { old } from "./old.cjs"',
      'import data from "./data.json"',
      'import { later } from "./later.mjs"',
      "plain + old + data.rows[0]! + later",
    ].join("\n")
    expect(await value(code)).toBe("10")
    expect(await value('require("./old.cjs").old + (await import("./plain.js")).plain')).toBe("3")
  })

  it("have their own file and line in errors", async () => {
    write({
      "bad.ts":
        "type T = number\n\nexport function fails(n: T): T {\n  if (n > 1) throw new RangeError('too much')\n  return n\n}",
    })
    const { reply } = await kernel.execute('import { fails } from "./bad"\n\nfails(2)')
    const traceback = (reply.content.traceback as string[]).join("\n")
    expect(traceback).toMatch(/at fails \(bad\.ts:4:20\)\n {4}at cell-1:3:1/)
    expect(traceback).toContain("  4 |   if (n > 1) throw new RangeError('too much')")
  })

  it("that are no TypeScript are refused with the place, until they are mended", async () => {
    write({ "half.ts": "export const one = 1\nexport const = 2\n" })
    const { reply } = await kernel.execute('import { one } from "./half"\none')
    expect(reply.content).toMatchObject({
      ename: "SyntaxError",
      evalue: "Variable declaration expected. (half.ts:2:14)",
    })
    write({ "half.ts": "export const one = 1\nexport const two = 2\n" })
    expect(await value('import { one } from "./half"\none')).toBe("1")
  })

  it("know where other modules are, as cells do", async () => {
    const ask = `[import.meta.resolve("node:fs"), import.meta.resolve("path"), import.meta.resolve("./b.txt")]`
    write({ "sub/asks.ts": `export const found = ${ask}` })
    expect(await value(`JSON.stringify(${ask})`)).toBe(
      `'${JSON.stringify(["node:fs", "node:path", `file://${folder}/b.txt`])}'`,
    )
    expect(await value('import { found } from "./sub/asks"\nfound[2]')).toBe(`'file://${folder}/sub/b.txt'`)
    write({ "node_modules/old/index.js": "" })
    expect(await value('import.meta.resolve("old")')).toBe(`'file://${folder}/node_modules/old/index.js'`)
  })

  it("that fail to load are tried again", async () => {
    write({ "flaky.ts": "throw new Error('not yet')\nexport const ok = 1" })
    expect((await kernel.execute('import { ok } from "./flaky"\nok')).reply.content.evalue).toBe("not yet")
    write({ "flaky.ts": "export const ok = 1" })
    expect(await value('import { ok } from "./flaky"\nok')).toBe("1")
  })

  it("that wait when they load are stopped with their cell, and loaded anew by the next one", async () => {
    write({
      "wait.ts":
        "const seen = globalThis as { loads?: number }\nseen.loads = (seen.loads ?? 0) + 1\nconsole.log('begun')\n" +
        "if (seen.loads === 1) await new Promise(() => {})\nexport const z = seen.loads",
    })
    const id = await kernel.sendCell('import { z } from "./wait"; z')
    await kernel.until(() => kernel.of(id).some((m) => m.content.text === "begun\n"))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
    expect(await value('import { z } from "./wait"; z')).toBe("2")
  })

  it("that spin when they load are stopped", async () => {
    write({ "spin.ts": "console.log('begun')\nexport let n = 0\nwhile (true) n++" })
    const id = await kernel.sendCell('import { n } from "./spin"\nn')
    await kernel.until(() => kernel.of(id).some((m) => String(m.content.text).startsWith("begun")))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
  })
})

describe("the reader's tsconfig", () => {
  it("decides about strictness, paths and libraries", async () => {
    write({
      "tsconfig.json": JSON.stringify({
        // A comment is allowed in there, and rules about unused names are not for cells.
        compilerOptions: {
          strict: false,
          noUnusedLocals: true,
          lib: ["es2023", "dom"],
          paths: { "@own/*": ["./src/*"] },
        },
      }),
      "src/thing.ts": "export const thing = 7",
    })
    const own = await KernelClient.start({ cwd: folder })
    const code =
      'import { thing } from "@own/thing"\nfunction loose(x) { return x }\nconst el: HTMLElement = null\nloose(thing)'
    expect(resultText(await own.execute(code))).toBe("7")
    await own.close()
  })

  it("lets cells write JSX, with functions of their own or those of a package", async () => {
    const jsx = (more: object) => JSON.stringify({ compilerOptions: { jsx: "react-jsx", ...more } })
    const types =
      "interface IntrinsicElements { p: { a?: number; children?: unknown }; b: object }\ninterface Element { tag: string }"
    write({
      "tsconfig.json": jsx({ jsxImportSource: "tiny" }),
      "node_modules/tiny/package.json": '{ "name": "tiny", "exports": { "./jsx-runtime": "./run.mjs" } }',
      "node_modules/tiny/run.mjs":
        "export const Fragment = 'all'\nexport const jsx = (tag, props) => ({ tag, ...props })\nexport const jsxs = jsx",
      "node_modules/tiny/run.d.mts": `export namespace JSX { ${types} }\nexport const jsx: unknown, jsxs: unknown, Fragment: unknown`,
      "part.tsx": "export const part = <p a={2} />",
    })
    const own = await KernelClient.start({ cwd: folder })
    expect(resultText(await own.execute("<p a={1 + 1}>text</p>"))).toBe(
      "{ tag: 'p', a: 2, children: 'text' }",
    )
    expect(resultText(await own.execute('import { part } from "./part"\npart'))).toBe("{ tag: 'p', a: 2 }")
    expect((await own.execute("<p a='no' />")).reply.content.ename).toBe("TS2322")
    for (const [code, status] of Object.entries({ "<p>": "incomplete", "<p></b>": "invalid" })) {
      const { content } = await own.request("shell", "is_complete_request", { code })
      expect([code, content.status]).toEqual([code, status])
    }
    await own.close()
    write({ "tsconfig.json": jsx({ jsx: "react", jsxFactory: "h" }) })
    const classic = await KernelClient.start({ cwd: folder })
    const h = "const h = (tag: string, props: object | null, ...parts: unknown[]) => [tag, props, parts]"
    await classic.execute(`declare global { namespace JSX { ${types} } }\n${h}`)
    expect(resultText(await classic.execute("<p a={3}><b /></p>"))).toBe(
      "[ 'p', { a: 3 }, [ [ 'b', null, [] ] ] ]",
    )
    await classic.close()
  })

  // tsserver looks again when it is saved; deno#23218: "have to reload every time I make a change".
  it("and what it extends count anew once they are saved, or come to be", async () => {
    const strict = (yes: boolean) => JSON.stringify({ compilerOptions: { strict: yes } })
    const name = async (kernel: KernelClient) =>
      (await kernel.execute("function any(x) { return x }")).reply.content.ename
    const own = await KernelClient.start({ cwd: folder })
    expect(await name(own)).toBe("TS7006")
    write({ "tsconfig.json": '{ "extends": "./base.json" }', "base.json": strict(false) })
    expect(await name(own)).toBeUndefined()
    write({ "base.json": strict(true) })
    expect(await name(own)).toBe("TS7006")
    await own.close()
  })

  // tsc sees them without an import; ts-node, which does not, is asked for it again and again (its `--files`).
  it("has declaration files that are there for all cells, as they are now", async () => {
    const included = (include: string[]) => JSON.stringify({ include, files: ["ambient/first.d.ts"] })
    write({
      "tsconfig.json": included(["ambient/deep"]),
      "ambient/first.d.ts":
        'declare const AMBIENT: number\ndeclare module "nowhere" { export const made: 5 }',
      "ambient/deep/second.d.ts": "export {}\ndeclare global { interface Second { a: number } }",
      "ambient/third.d.ts": "interface Third { a: number }",
    })
    const own = await KernelClient.start({ cwd: folder })
    const second = "const second: Second = { a: 1 }\n"
    const code = `import type { made } from "nowhere"\nlet five: typeof made = 5\n${second}typeof AMBIENT + five + second.a`
    expect(resultText(await own.execute(code))).toBe("'undefined51'")
    expect((await own.execute("const third: Third = { a: 1 }")).reply.content.ename).toBe("TS2304")
    write({ "ambient/deep/second.d.ts": "interface Second { b: string }" })
    expect((await own.execute(second)).reply.content.ename).toBe("TS2353")
    await own.close()
  })

  it("that is broken is named on stderr, and cells run by the kernel's own rules", async () => {
    write({ "tsconfig.json": '{ "compilerOptions": { "strict": "perhaps" } }' })
    const own = await KernelClient.start({ cwd: folder })
    expect(resultText(await own.execute("1 + 1"))).toBe("2")
    await own.says(/tsconfig\.json: .*'strict'/)
    await own.close()
  })
})
