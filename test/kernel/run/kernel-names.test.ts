import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const value = (...cells: string[]) => lastShown(kernel, ...cells)

/** What ES modules that need a CommonJS module's names write at their top. */
const customary = [
  'import { createRequire } from "node:module"',
  'import { dirname } from "node:path"',
  'import { fileURLToPath } from "node:url"',
  "const require = createRequire(import.meta.url)",
  "const __filename = fileURLToPath(import.meta.url)",
  "const __dirname = dirname(__filename)",
].join("\n")

describe("names by which compiled code calls the kernel may be the reader's", () => {
  it("in a file that makes its own require, __filename and __dirname", async () => {
    writeFileSync(
      join(kernel.folder, "notebook", "own.ts"),
      `${customary}\nexport const found = [__dirname === process.cwd(), typeof require("fs").statSync].join()`,
    )
    expect(await value('import { found } from "./own.ts"\nfound')).toBe("'true,function'")
  })

  it("in a file of JavaScript that calls something else module", async () => {
    writeFileSync(
      join(kernel.folder, "notebook", "module.mjs"),
      "const module = () => 'mine'\nexport const made = module()",
    )
    expect(await value('import { made } from "./module.mjs"\nmade')).toBe("'mine'")
  })

  it("in a cell, and in those after it", async () => {
    expect(await value(`${customary}\ntypeof require("fs").statSync`, "__dirname === process.cwd()")).toBe(
      "true",
    )
    expect(await value("const require = (name: string) => name + '!'", "require('a')")).toBe("'a!'")
    expect(await value("class module { v = 1 }", "new module().v")).toBe("1")
  })

  // In TypeScript's CommonJS, too, `exports.base` was looked for in what is called so there.
  it("in a function or block beside variables of cells", async () => {
    const first =
      "let base1 = 10; const sum1 = (exports: number[]) => { for (const each of exports) base1 += each; return base1 }"
    const second =
      "function call1({ exports, ...more }: any) { const short = { exports, base1 }; return [exports.add(base1), short.exports === exports, short.base1, more.exports] }"
    expect(await value(first, "sum1([1, 2])", "base1")).toBe("13")
    expect(await value(second, "call1({ exports: { add: (n: number) => n + 1 } }).join()")).toBe(
      "'14,true,13,'",
    )
    expect(await value("{ const exports = 5; base1 += exports }\nbase1")).toBe("18")
    writeFileSync(
      join(kernel.folder, "notebook", "adds.ts"),
      "export let all = 1\nexport function add(exports: number[]) { all += exports.length; return all }",
    )
    expect(await value('import { add } from "./adds.ts"\nadd([7, 8])')).toBe("3")
  })

  it("as those that every object has are", async () => {
    expect(await value("let __proto__ = 5, constructor = 6", "__proto__ += constructor", "__proto__")).toBe(
      "11",
    )
    expect(await value("const toString = 1, hasOwnProperty = 2", "toString + hasOwnProperty")).toBe("3")
  })
})
