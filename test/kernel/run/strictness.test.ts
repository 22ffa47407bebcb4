import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, lastShown, printed } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const value = (...cells: string[]) => lastShown(kernel, ...cells)

describe("strictness", () => {
  const cases: [code: string, ename: string][] = [
    ["const s1: string = null", "TS2322"],
    ["function s2(x) { return x }", "TS7006"],
    ["const s3: number[] = []; s3.at(0).toFixed()", "TS2532"],
    ["class S4 { x: number }", "TS2564"],
    ["nope()", "TS2304"],
    ["JSON.parsee('1')", "TS2551"],
    ["const s5 = (", "TS1109"],
    ["const s6 = `open", "TS1160"],
    ["let s7 = 1; let s7 = 2", "TS2451"],
    ["return 5", "TS1108"],
  ]
  it.each(cases)("%s is %s", async (code, ename) => {
    const { reply, outputs } = await kernel.execute(code)
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["error"])
    expect(reply.content).toMatchObject({ status: "error", ename })
  })

  it("is put off by a first comment, but not for what is no TypeScript", async () => {
    expect(await value("// a note\n// @ts-nocheck\nconst loose: number = 'text'; loose")).toBe("'text'")
    expect(await value("// @ts-nocheck\nconst = 1")).toBe("Variable declaration expected.")
    expect(await value("1\n// @ts-nocheck\nconst tight: number = 'text'")).toMatch("not assignable")
  })

  // TypeScript says nothing of it; Node's modules are refused.
  it.each(["while (false) class W1 {}", "for (const w2 of [1]) function w3() {}"])(
    "knows that a declaration is no loop's body: %s",
    async (code) => {
      expect((await kernel.execute(code)).reply.content.ename).toBe("SyntaxError")
    },
  )

  // Their numbers are like those of syntax errors: the cell was refused, or nothing but they was said.
  it("is put off for such findings about types, too, and says them beside others", async () => {
    const loose = "const run3 = async (): number => 3\nif ((() => {})()) ; else await run3()"
    expect(await value(`// @ts-nocheck\n${loose}`)).toBe(undefined)
    const decorated = "const tag3 = () => () => 3\nclass Tagged { @tag3 method() {} }\ntypeof Tagged"
    expect(await value(`// @ts-nocheck\n${decorated}`)).toBe("'function'")
    const { reply } = await kernel.execute(`${loose}\nconst tight3: number = 'text'`)
    expect(String(reply.content.traceback)).toMatch(/TS1064.*TS2322/s)
  })

  it("knows WebAssembly, which Node has, and not what only browsers have", async () => {
    const bytes = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"
    const code = `const made: WebAssembly.Module = await WebAssembly.compile(${bytes})`
    expect(await value(`${code}\nWebAssembly.Module.exports(made).length`)).toBe("0")
    expect(await value("WebAssembly.compile('text')")).toMatch("not assignable to parameter")
    expect(await value("document")).toMatch("Cannot find name 'document'")
  })

  it("names every finding with line, column and squiggle", async () => {
    const { reply } = await kernel.execute("const a: number = 'x'\n\nconst bb: string = 5")
    const text = (reply.content.traceback as string[]).join("\n")
    expect(text).toMatch(/cell-\d+:1:7 - TS2322: /)
    expect(text).toMatch(
      /cell-\d+:3:7 - TS2322: Type 'number' is not assignable to type 'string'\.\n {2}3 \| const bb: string = 5\n {4}\| {7}\^\^$/,
    )
  })

  it("prints before a refusal of nothing: the cell does not begin", async () => {
    expect(printed(await kernel.execute("console.log('ran'); const n: number = ''"))).toBe("")
  })
})
