import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Dict } from "../../../src/kernel/dict.js"
import { KernelClient, printed, resultText } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ env: { PRELAB_LANGUAGE: "javascript" } })
})
afterAll(async () => {
  await kernel.close()
})

describe("cells in JavaScript", () => {
  it("are announced as such", async () => {
    const { content } = await kernel.request("control", "kernel_info_request", {})
    expect(content.language_info).toMatchObject({
      name: "javascript",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      mimetype: "text/javascript",
      file_extension: ".js",
    })
  })

  it("use what earlier cells declare, and change it", async () => {
    await kernel.execute(
      "let n = 1; const list = [1, 2]; class Box { constructor(v) { this.v = v } }\nfunction twice(x) { return 2 * x }",
    )
    await kernel.execute("n += twice(list.length)")
    expect(resultText(await kernel.execute("new Box(n).v"))).toBe("5")
  })

  // Of all that a cell used of earlier ones only the first had a type, and what that was made of was shown to the reader.
  it("know the types of all that they use of earlier cells", async () => {
    await kernel.execute(
      "class Wheel { rim = 1 }\nlet front = new Wheel()\nconst back = new Wheel(), loud = true, spare = 'no'",
    )
    const wrong = "front.rim + back.lid"
    expect((await kernel.execute(wrong)).reply.content.evalue).toBe(
      "Property 'lid' does not exist on type 'Wheel'.",
    )
    expect(resultText(await kernel.execute("front = back; let is = loud, has = spare; front.rim"))).toBe("1")
    expect(resultText(await kernel.execute("is = false; has = 'yes'; [is, has].join()"))).toBe("'false,yes'")
    const { content } = await kernel.request("shell", "inspect_request", { code: "front", cursor_pos: 2 })
    expect((content.data as Dict)["text/plain"]).toMatch(/\bfront: Wheel$/)
  })

  it("are checked for what cannot be meant", async () => {
    const { reply } = await kernel.execute("let now = Date.now();\nnow += 'hello';")
    expect(reply.content.ename).toBe("TS2322")
    expect((reply.content.traceback as string[])[0]).toMatch(/cell-\d+:2:1 - TS2322/)
  })

  it("say types in comments", async () => {
    const code = "/** @type {any} */\nlet free = 123;\nfree += ' hello';\nfree"
    expect(resultText(await kernel.execute(code))).toBe("'123 hello'")
  })

  it("keep the types of constants and of what was required", async () => {
    await kernel.execute('const os = require("os");\nconst tslab = require("tslab");')
    expect(
      printed(await kernel.execute("console.log(typeof os.cpus()[0].model, tslab.versions.tslab)")),
    ).toBe("string 1.0.22\n")
    expect((await kernel.execute("list.nope")).reply.content.ename).toBe("TS2339")
  })

  it.each(["typescript7", "typescript6"])("know WebAssembly and its types, with %s", async (checker) => {
    const own = await KernelClient.start({
      env: { PRELAB_LANGUAGE: "javascript", PRELAB_CHECKER: checker },
    })
    const code = "new WebAssembly.Memory({ initial: 1 }).buffer.byteLength"
    expect(resultText(await own.execute(code))).toBe("65536")
    expect((await own.execute("WebAssembly.compile('text')")).reply.content.ename).toBe("TS2345")
    expect((await own.execute("document")).reply.content.ename).toBe("TS2584")
    await own.close()
  })
})
