import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Dict } from "../../../src/kernel/dict.js"
import { KernelClient } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const png = 'Buffer.from("89504e470d0a1a0a0000000d49484452000000030000000208000000", "hex")'

describe("a cell's result is sent as", () => {
  it.each([
    ["[{ a: 1, b: 2n }, { a: 3 }]", ["text/html", "text/plain"]],
    ["new Float32Array(100)", ["text/html", "text/plain"]],
    ["({ shape: [2, 2], data: new Float32Array(4) })", ["text/html", "text/plain"]],
    ["new Map([['k', 1]])", ["text/html", "text/plain"]],
    ["new Error('held, not thrown')", ["text/html", "text/plain"]],
    [png, ["image/png", "text/plain"]],
    ["Buffer.from('<svg/>').toString()", ["text/plain"]],
    [
      "({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar', data: { values: [{ n: 1n }] } })",
      ["application/vnd.vegalite.v5+json", "text/plain"],
    ],
    ["({ type: 'Point', coordinates: [7, 51] })", ["application/geo+json", "text/plain"]],
    ["(function add(a: number, b = 2) { return a + b })", ["text/plain"]],
    ["html`<b>a</b>`", ["text/html", "text/plain"]],
    ["svg('<svg></svg>')", ["image/svg+xml", "text/plain"]],
    ["markdown('# a')", ["text/markdown", "text/plain"]],
    ["latex`\\frac{1}{2}`", ["text/latex", "text/plain"]],
    ["json({ a: 1n })", ["application/json", "text/plain"]],
    [`image(${png})`, ["image/png", "text/plain"]],
    ["new Promise<void>(() => {})", ["text/plain"]],
    ["({ plain: { object: true } })", ["text/plain"]],
  ])("%s", async (code, types) => {
    const { outputs } = await kernel.execute(code)
    expect(outputs.map((message) => message.header.msg_type)).toEqual(["execute_result"])
    expect(Object.keys(outputs[0]!.content.data as Dict)).toEqual(types)
  })

  it("what display sends too", async () => {
    const { outputs } = await kernel.execute("const rows = [{ a: 1 }]; display(rows); rows")
    expect(outputs.map((message) => message.header.msg_type)).toEqual(["display_data", "execute_result"])
    expect(outputs[0]!.content.data).toEqual(outputs[1]!.content.data)
  })

  it("the parameters that the cell has, not what its loops are guarded with", async () => {
    const { outputs } = await kernel.execute(
      "function f(a: number[], n = 3) { for (const x of a) n += x; return n }\nf",
    )
    expect(outputs[0]!.content.data).toEqual({ "text/plain": "[Function: f] (a, n = 3)" })
  })
})
