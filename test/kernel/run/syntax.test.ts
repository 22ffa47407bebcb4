import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

describe.each(["typescript7", "typescript6"])("a cell, with %s,", (checker) => {
  let kernel: KernelClient
  let folder: string
  beforeAll(async () => {
    kernel = await KernelClient.start({ env: { PRELAB_CHECKER: checker } })
    folder = join(kernel.folder, "notebook")
  })
  afterAll(async () => {
    await kernel.close()
  })

  function write(name: string, text: string): string {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  const value = (...cells: string[]) => lastShown(kernel, ...cells)

  it("and a file have the regular expressions that Node has", async () => {
    const letters = "/^[\\p{L}--[a-z]]$/v.test('A')"
    write("letters.ts", `export const found: boolean = ${letters}`)
    expect(await value(letters)).toBe("true")
    expect(await value('import { found } from "./letters"\nfound')).toBe("true")
  })

  it("and a file may begin with the line that names what runs it", async () => {
    write("tool.ts", "#!/usr/bin/env node\nexport const tool: string = 'tool'")
    write("tool.mjs", "#!/usr/bin/env node\nexport const script = 'script'")
    expect(
      await value('import { tool } from "./tool"\nimport { script } from "./tool.mjs"\ntool + script'),
    ).toBe("'toolscript'")
    expect(await value("#!/usr/bin/env node\n2 + 3")).toBe("5")
    const { reply } = await kernel.execute("#!/usr/bin/env node\nconst text: string = 1")
    expect((reply.content.traceback as string[])[0]).toMatch(/:2:7 - TS2322/)
  })

  it("imports files by their URLs, in each kind of import, with their types", async () => {
    const { href } = pathToFileURL(write("with space.ts", "export const here: number = 4"))
    expect(href).toContain("with%20space")
    expect(await value(`import { here } from "${href}"\nhere`, "here + 1")).toBe("5")
    expect(
      await value(`const all: typeof import("${href}") = await import("${href}"); all.here.toFixed(1)`),
    ).toBe("'4.0'")
    expect(await value(`require("${href}").here`)).toBe("4")
    const generic = "const same = <T>(x: T): T => x"
    expect(await value(`${generic}\nimport { here as behind } from "${href}"\nsame(behind)`)).toBe("4")
    const { reply } = await kernel.execute(`import { here } from "${href}"; const text: string = here`)
    const column = `import { here } from "${href}"; const `.length + 1
    expect((reply.content.traceback as string[])[0]).toContain(`:1:${column} - TS2322`)
    const code = `import { h } from "${href}"`
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: 10 })
    expect(content.matches).toContain("here")
  })

  it("imports by import x = require(), which is what the module exports", async () => {
    write("node_modules/callable/package.json", '{ "name": "callable", "main": "i.js", "types": "i.d.ts" }')
    write("node_modules/callable/i.js", "module.exports = (n) => 'called' + n")
    write(
      "node_modules/callable/i.d.ts",
      "declare function f(n: number): string\ndeclare namespace f { type T = 'tee' }\nexport = f",
    )
    write("calls.ts", 'import call = require("callable")\nexport const called = call(7)')
    expect(await value('import call = require("callable")\ncall(1)', "call(2)")).toBe("'called2'")
    expect(await value("const tee: call.T = 'tee'; tee")).toBe("'tee'")
    expect(await value("call('x')")).toMatch("not assignable to parameter of type 'number'")
    expect(await value('import { called } from "./calls"\ncalled')).toBe("'called7'")
  })

  it("shortens a namespace's name for itself and for later ones", async () => {
    const first = "namespace Outer { export namespace Inner { export const v = 3; export type T = number } }"
    expect(await value(first, "import Short = Outer.Inner\nconst n: Short.T = Short.v; n")).toBe("3")
    expect(await value("const again: Short.T = Short.v + 1; again")).toBe("4")
  })

  // The cell was refused: "Re-exporting a type when 'isolatedModules' is enabled requires using 'export type'".
  it("shortens a type's name for itself and for later ones", async () => {
    const first = "namespace Far { export interface Size { n: number }; export type Of<T> = T[] }"
    expect(
      await value(first, "import Size = Far.Size\nimport Of = Far.Of\nconst s: Size = { n: 3 }; s.n"),
    ).toBe("3")
    expect(await value("const sizes: Of<Size> = [s, { n: 4 }]; sizes[1].n")).toBe("4")
    expect(await value("const wrong: Of<Size> = ['x']")).toBe(
      "Type 'string' is not assignable to type 'Size'.",
    )
  })

  // "An import alias cannot reference a declaration that was imported using 'import type'."
  it("shortens the name of a namespace of types", async () => {
    const first = "namespace Types { export type T = 3; export namespace Inner { export type U = 'u' } }"
    expect(
      await value(first, "import Ts = Types\nimport Us = Types.Inner\nconst three: Ts.T = 3; three"),
    ).toBe("3")
    expect(await value("const u: Us.U = 'u'; const t: Types.T = 3; u + t")).toBe("'u3'")
    expect(await value("const wrong: Ts.T = 4")).toBe("Type '4' is not assignable to type '3'.")
  })

  it("imports files with JSX whatever the tsconfig says, and has none of its own then", async () => {
    write(
      "node_modules/react/package.json",
      '{ "name": "react", "exports": { "./jsx-runtime": "./run.js" } }',
    )
    write("node_modules/react/run.js", "exports.jsx = (tag, props) => [tag, props.children].join()")
    write("part.tsx", "export const part = <b>text</b>\nexport const size: number = 2")
    expect(await value('import { part, size } from "./part"\npart + size.toFixed(1)')).toBe("'b,text2.0'")
    expect(await value("const cast = <string>part; cast.length")).toBe("6")
  })

  it("that awaits an object shows it", async () => {
    expect(await value("await { a: 5 }")).toBe("{ a: 5 }")
    expect(await value("await { then: 5, b: [await 1] }")).toBe("{ then: 5, b: [ 1 ] }")
    expect(await value("await [2]\nawait (3)\nawait `4`")).toBe("'4'")
  })
})
