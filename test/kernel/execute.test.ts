import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText, withBrokenTypes, withHelpers } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start({ args: withHelpers })
})
afterAll(async () => {
  await kernel.close()
})

describe("execute", () => {
  it("frames a cell with busy, input, result, and idle after the reply", async () => {
    const { reply, messages } = await kernel.execute("const a: number = 6\na * 7")
    expect(messages.map((m) => m.content.execution_state ?? m.header.msg_type)).toEqual([
      "busy",
      "execute_input",
      "execute_result",
      "idle",
    ])
    expect(messages[2]!.content.data).toEqual({ "text/plain": "42" })
    expect(reply.content).toMatchObject({ status: "ok", payload: [], user_expressions: {} })
    expect(reply.content.execution_count).toBe(messages[1]!.content.execution_count)
  })

  it("keeps variables, lets them be declared again, and awaits at top level", async () => {
    await kernel.execute("let counter = 1; const word = 'x'; class Box { v = 3 }")
    await kernel.execute("counter += await Promise.resolve(41)")
    expect(resultText(await kernel.execute("const word = counter; new Box().v + word"))).toBe("45")
  })

  it("awaits what stands in brackets, and loops that await", async () => {
    expect(resultText(await kernel.execute("await (async () => 5)()"))).toBe("5")
    const code = "let sum = 0\nfor await (const n of [1, Promise.resolve(2)]) sum += n\nsum"
    expect(resultText(await kernel.execute(code))).toBe("3")
  })

  it("knows what Node 20 can do that its compiler's library does not", async () => {
    expect(resultText(await kernel.execute("[3, 1, 2].toSorted((a, b) => a - b).with(0, 9)"))).toBe(
      "[ 9, 2, 3 ]",
    )
  })

  it("shows null but not undefined, BigInt, Map and class instances", async () => {
    expect((await kernel.execute("undefined")).outputs).toEqual([])
    expect(resultText(await kernel.execute("null"))).toBe("null")
    expect(resultText(await kernel.execute("10n ** 20n"))).toBe("100000000000000000000n")
    expect(resultText(await kernel.execute("new Map([['k', [1, 2]]])"))).toBe("Map(1) { 'k' => [ 1, 2 ] }")
    expect(resultText(await kernel.execute("class P { x = 1 }; new P()"))).toBe("P { x: 1 }")
  })

  it("shows a proxy that refuses to say what it is", async () => {
    const traps = "{ getPrototypeOf() { throw 1 }, ownKeys() { throw 2 }, get() { throw 3 } }"
    expect(resultText(await kernel.execute(`new Proxy({ a: 1 }, ${traps})`))).toBe("{ a: 1 }")
  })

  it("imports ES modules, Node modules and local files", async () => {
    expect(resultText(await kernel.execute('import { basename } from "node:path"\nbasename("/a/b.c")'))).toBe(
      "'b.c'",
    )
    expect(resultText(await kernel.execute('(await import("node:os")).EOL.length'))).toBe("1")
    await kernel.execute(
      'import { writeFileSync } from "node:fs"\nwriteFileSync("side.ts", "export const side: number = 5")',
    )
    expect(resultText(await kernel.execute('import { side } from "./side"\nside + 1'))).toBe("6")
  })

  it("counts only stored cells and is quiet when asked to be", async () => {
    const before = (await kernel.execute("1")).reply.content.execution_count as number
    const silent = await kernel.execute("7; throw new Error('no')", { silent: true })
    expect(silent.outputs).toEqual([])
    expect(silent.messages).toHaveLength(2)
    expect(silent.reply.content).toMatchObject({ status: "error", execution_count: before })
    expect((await kernel.execute("1", { store_history: false })).reply.content.execution_count).toBe(before)
    expect((await kernel.execute("1")).reply.content.execution_count).toBe(before + 1)
  })

  it("evaluates user expressions, each with its own success", async () => {
    const { reply } = await kernel.execute("const ux = 5", { user_expressions: { a: "ux + 1", b: "nope()" } })
    expect(reply.content.user_expressions).toMatchObject({
      a: { status: "ok", data: { "text/plain": "6" }, metadata: {} },
      b: { status: "error", ename: "TS2304", traceback: expect.any(Array) },
    })
  })

  it("answers a user expression whose value cannot be shown", async () => {
    const a = "({ [Symbol.for('Jupyter.display')]() { throw new RangeError('not shown') } })"
    const { reply } = await kernel.execute("1", { user_expressions: { a, b: "2" } })
    expect(reply.content.user_expressions).toMatchObject({
      a: { status: "error", ename: "RangeError", evalue: "not shown" },
      b: { status: "ok", data: { "text/plain": "2" } },
    })
  })

  it("aborts the cells that wait behind an error, and only where stop_on_error says so", async () => {
    const ids = await Promise.all([
      kernel.sendCell("await new Promise((r) => setTimeout(r, 300)); throw new Error('stop')"),
      kernel.sendCell("globalThis.ran = 1"),
      kernel.sendCell("2"),
    ])
    const [failed, second, third] = await Promise.all(ids.map((id) => kernel.finished(id)))
    expect(failed!.reply.content.status).toBe("error")
    expect(second!.reply.content.status).toBe("aborted")
    expect(third!.reply.content.status).toBe("aborted")
    expect(second!.outputs).toEqual([])
    const more = await Promise.all([
      kernel.sendCell("await 0; throw new Error('go on')", { stop_on_error: false }),
      kernel.sendCell("3"),
    ])
    expect((await kernel.finished(more[1]!)).reply.content.status).toBe("ok")
  })

  it("returns page and set_next_input payloads", async () => {
    const { reply } = await kernel.execute("page('long'); setNextInput('next')")
    expect(reply.content.payload).toEqual([
      { source: "page", data: { "text/plain": "long" }, start: 0 },
      { source: "set_next_input", text: "next", replace: false },
    ])
  })
})

describe("errors", () => {
  it("are one error output and the same reply, with the cell's own lines", async () => {
    const code = [
      "interface Shape {",
      "  size: number",
      "}",
      "",
      "function area(shape: Shape | null): number {",
      "  // no check here",
      "  return (shape as Shape).size",
      "}",
      "",
      "[1].map(() => area(null))",
    ].join("\n")
    const { reply, outputs } = await kernel.execute(code)
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["error"])
    const { ename, evalue, traceback } = outputs[0]!.content as {
      ename: string
      evalue: string
      traceback: string[]
    }
    expect(reply.content).toMatchObject({ status: "error", ename, evalue, traceback })
    const label = `cell-${reply.content.execution_count}`
    expect(ename).toBe("TypeError")
    expect(traceback[0]).toBe(`TypeError: ${evalue}`)
    expect(traceback[1]).toMatch(new RegExp(`^    at area \\(${label}:7:\\d+\\)$`))
    expect(traceback.filter((line) => line.startsWith("    at "))).toHaveLength(3)
    expect(traceback.filter((line) => line.includes(`${label}:10:`))).toHaveLength(2)
    expect(traceback.join("\n")).toContain("  7 |   return (shape as Shape).size")
    expect(traceback.join("\n")).not.toContain("node:")
  })

  it("name the right line after loops, awaits and imports", async () => {
    const code = [
      'import { EOL } from "node:os"',
      "type Row = { v: number }",
      "",
      "for (let i = 0; i < 3; i++) await Promise.resolve(EOL)",
      "",
      "while (true) {",
      "  await 0",
      '  throw new RangeError("here")',
      "}",
    ].join("\n")
    const { reply } = await kernel.execute(code)
    expect((reply.content.traceback as string[]).join("\n")).toMatch(/cell-\d+:8:9/)
  })

  it("keep what the cell had assigned before the throw", async () => {
    await kernel.execute("const kept = 11; throw new Error('later')")
    expect(resultText(await kernel.execute("kept + 1"))).toBe("12")
  })

  it("of the type checker stop the cell, with code and place", async () => {
    const { reply, outputs } = await kernel.execute('console.log("ran")\nconst n: number = "text"')
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["error"])
    expect(reply.content.ename).toBe("TS2322")
    const traceback = reply.content.traceback as string[]
    expect(traceback[0]).toMatch(
      /^cell-\d+:2:7 - TS2322: Type 'string' is not assignable to type 'number'\.$/,
    )
    expect(traceback[1]).toBe('  2 | const n: number = "text"')
    expect(traceback[2]).toBe("    |       ^")
  })

  it("of the syntax are error frames too", async () => {
    const { reply, outputs } = await kernel.execute("const = 3")
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["error"])
    expect(reply.content.ename).toMatch(/^TS\d+$/)
  })

  it("of the syntax come alone, and once a place", async () => {
    const { outputs } = await kernel.execute("const open = {")
    expect(outputs.at(-1)?.content).toMatchObject({ ename: "TS1005", evalue: "'}' expected." })
    expect(outputs.at(-1)?.content.traceback).toHaveLength(3)
  })

  it("that are printed or shown have the reader's places, and no frames of the kernel", async () => {
    const make = 'const make = () => new Error("made")\n'
    const at = (line: number, column: number) => `cell-${"\\d+"}:${line}:${column}`
    const stack = `Error: made\\n    at make \\(${at(1, 20)}\\)\\n    at ${at(2, 15)}`
    const printed = await kernel.execute(`${make}console.error(make())`)
    expect(printed.outputs.at(-1)?.content.text).toMatch(new RegExp(`^${stack}\\n$`))
    const shown = await kernel.execute(`${make}const one = [make()]; one[0]`)
    expect(resultText(shown)).toMatch(new RegExp(`^${stack.replace("15", "14")}$`))
  })

  it("of the library are one line and the cell's line", async () => {
    const { reply } = await kernel.execute('const what = "Convolutoin"\nrefuse(what)')
    const label = `cell-${reply.content.execution_count}`
    expect(reply.content.traceback).toEqual([
      "PrelabError: unknown layer type: Convolutoin",
      "",
      `${label}:`,
      "  2 | refuse(what)",
      "    | ^",
    ])
  })

  it("may be any value", async () => {
    const { reply } = await kernel.execute('throw "words"')
    expect(reply.content).toMatchObject({ status: "error", evalue: "'words'" })
  })

  it("that nobody awaits are printed below the cell they come from", async () => {
    const cell = await kernel.execute("void Promise.reject(new Error('lost'))")
    await kernel.until(() => kernel.of(cell.id).some((m) => String(m.content.text).includes("Error: lost")))
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
  })
})

describe("helpers", () => {
  it("are in scope with their types, and show themselves", async () => {
    const { outputs } = await kernel.execute('loadNet("det1")')
    expect(outputs[0]!.content.data).toEqual({ "text/html": "<b>det1</b>", "text/plain": "Net det1" })
    expect((await kernel.execute("loadNet(3)")).reply.content.ename).toBe("TS2345")
  })

  it("are the same module when imported by name", async () => {
    const before = resultText(await kernel.execute("loadCount()"))
    const code = 'import { loadNet as load, Net } from "prelab"\nload("x") instanceof Net && loadCount()'
    expect(resultText(await kernel.execute(code))).toBe(String(Number(before) + 1))
    expect(resultText(await kernel.execute('(await import("prelab")).loadCount === loadCount'))).toBe("true")
  })

  it("bring their types into scope", async () => {
    const { reply } = await kernel.execute(
      "const s: LayerShape = { name: 'a', channels: 1 }; const b: Blob4 = [1, 2, 3, 4]",
    )
    expect(reply.content.status).toBe("ok")
  })

  it("whose types are broken are in scope without them", async () => {
    const broken = await KernelClient.start({ args: withBrokenTypes })
    expect(resultText(await broken.execute("loadCount() + input.length"))).toBe("0")
    await broken.says("types of prelab: ")
    await broken.close()
  })

  it("may be redeclared", async () => {
    await kernel.execute("const loadCount = 'mine'")
    expect(resultText(await kernel.execute("loadCount"))).toBe("'mine'")
  })
})

describe("output", () => {
  it("goes to the stream it was written to, in order", async () => {
    const { outputs } = await kernel.execute(
      "console.log('a'); console.error('b'); void process.stdout.write('c')",
    )
    expect(outputs.map((m) => [m.content.name, m.content.text])).toEqual([
      ["stdout", "a\n"],
      ["stderr", "b\n"],
      ["stdout", "c"],
    ])
  })
})
