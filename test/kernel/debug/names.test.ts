import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { resultText } from "../client.js"
import { DebugClient } from "./debug-client.js"

let client: DebugClient
beforeEach(async () => {
  client = await DebugClient.attached()
})
afterEach(() => client.close())

const imports = [
  'import { join as together } from "node:path"',
  'import files from "node:fs"',
  'import * as system from "node:os"',
  "const folder: unknown = 'a'",
]

describe("in a stopped cell", () => {
  it("imported names mean what they do in its text, in hovers and conditions too", async () => {
    const code = [...imports, "for (const part of ['x', 'y']) {", "  together(part)", "}"].join("\n")
    const id = await client.stopIn(code, { line: 6, condition: "together('p', part) === 'p/y'" })
    expect(await client.evaluate("part")).toBe('"y"')
    expect(await client.evaluate("together('u', part)")).toBe('"u/y"')
    expect(await client.evaluate("[typeof files.statSync, typeof system.cpus].join()")).toBe(
      '"function,function"',
    )
    expect(await client.evaluate("typeof files.statSync", "hover")).toBe('"function"')
    await client.finish(id)
    expect(await client.evaluate("together('after', 'it')")).toBe('"after/it"')
  })

  it("imported names of an earlier cell are those that are newest", async () => {
    await client.kernel.execute(imports.join("\n"))
    const id = await client.stopIn("const together = 'mine'\ntogether.length", 2)
    expect(await client.evaluate("together")).toBe('"mine"')
    expect(resultText(await client.finish(id))).toBe("4")
    await client.kernel.execute('import { basename as together } from "node:path"')
    expect(await client.evaluate("together('/q/r')")).toBe('"r"')
  })

  it("types in an expression are no error", async () => {
    const code = `${imports.join("\n")}\nfunction look(n: number) {\n  return n + 1\n}\nlook(1)`
    const id = await client.stopIn(code, { line: 6, condition: "(n as number) > 0" })
    expect(await client.evaluate("(folder as string).length + n!")).toBe("2")
    // Debug consoles take statements, too.
    expect(await client.evaluate("const more: number = n; more + 1")).toBe("2")
    expect(await client.evaluate("folder satisfies unknown", "hover")).toBe('"a"')
    await expect(client.evaluate("n as")).rejects.toThrow(/SyntaxError/)
    expect(resultText(await client.finish(id))).toBe("2")
  })

  it("private fields are among what an object has", async () => {
    const id = await client.stopIn(
      "class Purse {\n  #money = 7\n  open = true\n  look() {\n    return this.#money\n  }\n}\nnew Purse().look()",
      5,
    )
    const self = (await client.locals()).get("this")!
    const inside = await client.inside(self)
    expect([inside.get("#money")?.value, inside.get("open")?.value]).toEqual(["7", "true"])
    expect(resultText(await client.finish(id))).toBe("7")
  })
})

describe("in a file of the reader's that is stopped", () => {
  it("imported names are the file's own", async () => {
    const path = join(client.kernel.folder, "notebook", "works.ts")
    writeFileSync(
      path,
      'import { basename as together } from "node:path"\nexport function work(p: string) {\n  return together(p)\n}',
    )
    await client.kernel.execute(imports.join("\n"))
    await client.breakIn(path, 3)
    const id = await client.kernel.sendCell(
      'import { work } from "./works"\nwork("/a/b") + together("c", "d")',
    )
    expect((await client.stopped()).at).toBe("work:3")
    expect(await client.evaluate("together('/x/y')")).toBe('"y"')
    expect(resultText(await client.finish(id))).toBe("'bc/d'")
  })
})
