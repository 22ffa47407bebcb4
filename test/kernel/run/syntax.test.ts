import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText } from "../client.js"

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

  /** What the last of several cells shows, or its error. */
  async function value(...cells: string[]): Promise<unknown> {
    let shown: unknown
    for (const code of cells) {
      const cell = await kernel.execute(code)
      shown = resultText(cell) ?? cell.reply.content.evalue
    }
    return shown
  }

  it("and a file have the regular expressions that Node has", async () => {
    const letters = "/^[\\p{L}--[a-z]]$/v.test('A')"
    write("letters.ts", `export const found: boolean = ${letters}`)
    expect(await value(letters)).toBe("true")
    expect(await value('import { found } from "./letters"\nfound')).toBe("true")
  })
})
