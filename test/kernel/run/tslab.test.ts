import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

describe("a notebook that was written for tslab", () => {
  it("imports it, and sees this kernel's versions", async () => {
    const cell = await kernel.execute(
      "import * as tslab from 'tslab';\n\nconsole.log('Versions:', tslab.versions)",
    )
    expect(printed(cell)).toMatch(/tslab: '1\.0\.22'/)
  })

  it("shows by each of its functions what it showed there", async () => {
    const { outputs } = await kernel.execute(
      "tslab.display.html('<b>h</b>'); tslab.display.markdown('m'); tslab.display.png(new Uint8Array([1, 2])); tslab.display.raw('text/x', 'r')",
    )
    expect(outputs.map((m) => m.content.data)).toEqual([
      { "text/html": "<b>h</b>" },
      { "text/markdown": "m" },
      { "image/png": "AQI=" },
      { "text/x": "r" },
    ])
  })

  it("replaces a display of its own", async () => {
    const { outputs } = await kernel.execute("{ const d = tslab.newDisplay(); d.text('1'); d.text('2') }")
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["display_data", "update_display_data"])
    expect(outputs[0]!.content.transient).toEqual(outputs[1]!.content.transient)
  })

  it("is not held to strictness", async () => {
    const code =
      "{ let obj = {x: null}; console.log(obj?.x?.z) }\nasync function train(epochs, size) { return epochs * size }\nawait train(2, 3)"
    expect(resultText(await kernel.execute(code))).toBe("6")
    expect((await kernel.execute("let num = 123.4; num = 'tslab';")).reply.content.ename).toBe("TS2322")
  })

  it("is not held to the strictness of a tsconfig either, which tslab does not read", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "prelab-tslab-"))
    writeFileSync(
      join(cwd, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { strict: true, noImplicitAny: true, strictNullChecks: true } }),
    )
    const there = await KernelClient.start({ cwd })
    await there.execute("import * as tslab from 'tslab'")
    const cell = await there.execute(
      "{ let obj = {x: null}; console.log(obj.x) }\nfunction f(n) { return n }\nf(1)",
    )
    expect([cell.reply.content.ename, resultText(cell)]).toEqual([undefined, "1"])
    await there.close()
    rmSync(cwd, { recursive: true })
  })

  it("may use require for it", async () => {
    const fresh = await KernelClient.start()
    const cell = await fresh.execute(
      "const t = require('tslab');\nt.display.html('x'); const f = (x) => x; f(1)",
    )
    expect(cell.outputs.map((m) => m.header.msg_type)).toEqual(["display_data", "execute_result"])
    await fresh.close()
  })
})

describe("Kernel Gateway", () => {
  it("may assign its request before any cell has declared it", async () => {
    expect(
      resultText(await kernel.execute('REQUEST = "{\\"path\\": {}}"\nObject.keys(JSON.parse(REQUEST))')),
    ).toBe("[ 'path' ]")
  })
})
