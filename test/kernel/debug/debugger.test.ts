import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Variable } from "../../../src/kernel/debug/dap.js"
import { Program } from "./program.js"

let program: Program
beforeEach(async () => {
  program = await Program.debugged()
})
afterEach(() => program.close())

const goOn = () => program.ask("continue", { threadId: 1 })

const area = `interface Box { width: number; height: number }
function area(box: Box, scale: number = 2): number {
  const once: number = box.width * box.height
  const scaled = once * scale
  return scaled
}
const answer = area({ width: 2, height: 3 })
const last = "behind"`

describe("a breakpoint", () => {
  it("stops a typed function at the line of its TypeScript", async () => {
    const [set] = await program.breakAt(area, 3)
    expect(set).toMatchObject({ verified: true, line: 3 })
    program.run(area)
    const { reason, frames } = await program.stopped()
    expect(reason).toBe("breakpoint")
    expect(frames.map(({ name, line }) => `${name}:${line}`)).toEqual(["area:3", "cell-1:7"])
    expect(frames[0]!.source).toMatchObject({ path: set!.source && (set!.source as { path: string }).path })
    await goOn()
    expect(await program.done()).toEqual({ type: "done" })
  })

  it("moves to the next line that does something", async () => {
    const code = "let n = 1\n\n// a remark\ninterface Nothing { a: 1 }\nn = 2\nn = 3"
    expect(await program.breakAt(code, 2)).toMatchObject([{ verified: true, line: 4 }])
    program.run(code)
    const { body } = await program.event("breakpoint")
    expect(body).toMatchObject({ reason: "changed", breakpoint: { line: 5, verified: true } })
    expect((await program.stopped()).at).toBe("cell-1:5")
    const info = await program.ask("debugInfo")
    expect(info).toMatchObject({
      isStarted: true,
      stoppedThreads: [1],
      breakpoints: [{ breakpoints: [{ line: 5 }] }],
    })
  })

  it("behind the end of the cell is refused", async () => {
    expect(await program.breakAt("let n = 1\n\n", 2)).toMatchObject([{ verified: false }])
  })

  it("can be set in a function of a cell that ran before", async () => {
    await program.finish(area)
    await program.breakAt(area, 4)
    program.run("const again = area({ width: 1, height: 1 }, 3)")
    expect((await program.stopped()).frames.map(({ name, line }) => `${name}:${line}`)).toEqual([
      "area:4",
      "cell-2:1",
    ])
  })

  it("stops no more once it is removed", async () => {
    await program.breakAt(area, 3, 4)
    await program.breakAt(area)
    expect(await program.finish(area)).toEqual({ type: "done" })
  })

  const loop = "let sum = 0\nfor (let i = 0; i < 10; i++) {\n  sum += i\n}"

  it("with a condition stops only where it holds", async () => {
    await program.finish("const limit = 6")
    await program.breakAt(loop, { line: 3, condition: "i > limit" })
    program.run(loop)
    await program.stopped()
    expect(await program.evaluate("i")).toBe("7")
    expect(await program.evaluate("sum")).toBe("21")
  })

  it("with a count stops from that hit on", async () => {
    await program.breakAt(loop, { line: 3, hitCondition: "9" })
    program.run(loop)
    await program.stopped()
    expect(await program.evaluate("i")).toBe("8")
  })

  it("whose condition fails stops and says why", async () => {
    await program.breakAt(loop, { line: 3, condition: "nowhere > 1" })
    program.run(loop)
    expect((await program.stopped()).text).toContain("nowhere is not defined")
  })

  it("with a message prints it and goes on", async () => {
    await program.breakAt(loop, { line: 3, logMessage: "at {i}: 100% {sum + i}" })
    await program.finish(loop)
    await program.until(() => program.output.includes("at 9: 100% 45\n"))
    expect(program.output.split("\n").slice(0, 3)).toEqual(["at 0: 100% 0", "at 1: 100% 1", "at 2: 100% 3"])
  })

  it("is taken for a debugger statement", async () => {
    program.run("let n = 1\ndebugger\nn = 2")
    expect(await program.stopped()).toMatchObject({ reason: "breakpoint", at: "cell-1:2" })
  })
})

describe("stepping", () => {
  it("goes by lines, into functions and out of them", async () => {
    await program.breakAt(area, 7)
    program.run(area)
    expect((await program.stopped()).at).toBe("cell-1:7")
    expect(await program.step("stepIn")).toBe("area:3")
    expect(await program.step("next")).toBe("area:4")
    expect(await program.step("stepOut")).toBe("cell-1:8")
    await program.ask("next", { threadId: 1 })
    expect(await program.done()).toEqual({ type: "done" })
  })

  it("does not enter Node's own code", async () => {
    const code = 'let text = ""\ntext = require("node:path").join("a", "b")\nconsole.log(text)\ntext = "end"'
    await program.breakAt(code, 2)
    program.run(code)
    await program.stopped()
    expect(await program.step("stepIn")).toBe("cell-1:3")
    expect(await program.step("stepIn")).toBe("cell-1:4")
  })

  it("passes over an await", async () => {
    const code =
      "async function later() {\n  await new Promise((r) => setTimeout(r, 5))\n  return 1\n}\nawait later()"
    await program.breakAt(code, 2)
    program.run(code)
    await program.stopped()
    expect(await program.step("next")).toBe("later:3")
  })

  it("off the end of a cell does not stop the next one", async () => {
    await program.breakAt("let n = 1\nn = 2", 2)
    program.run("let n = 1\nn = 2")
    await program.stopped()
    await program.ask("next", { threadId: 1 })
    await program.done()
    expect(await program.finish("let m = 1\nm = 2")).toEqual({ type: "done" })
  })
})

describe("at a stop", () => {
  it("locals, closures and the values of cells are scopes", async () => {
    await program.finish("const unit = 'cm'")
    const code = `function counter(start: number) {
  return (by: number) => {
    start += by
    return start
  }
}
counter(5)(2)`
    await program.breakAt(code, 4)
    program.run(code)
    const scopes = await program.scopes((await program.stopped()).frames[0]!)
    expect(scopes).toMatchObject({
      Locals: { by: "2" },
      "Closure (counter)": { start: "7" },
      Cells: { unit: '"cm"', counter: "function counter(start)" },
    })
    expect(Object.keys(scopes.Locals!)).toEqual(["by"])
  })

  it("evaluates in the reader's names and assigns to them", async () => {
    await program.finish("let x = 41\nlet process = 'mine'")
    const code =
      "import { join } from 'node:path'\nfunction f(y: number) {\n  return join('a', String(x + y))\n}\nconst r = f(1)"
    await program.breakAt(code, 3)
    program.run(code)
    const { frames } = await program.stopped()
    expect(await program.evaluate("x + y", { frameId: frames[0]!.id })).toBe("42")
    expect(await program.evaluate("process")).toBe('"mine"')
    expect(await program.evaluate("{ a: x }")).toBe("{a: 41}")
    expect(await program.evaluate("join('p', 'q')")).toBe('"p/q"')
    expect(await program.evaluate("x = 1; y = 2")).toBe("2")
    expect(await program.request("evaluate", { expression: "nowhere" })).toMatchObject({
      success: false,
      message: "evaluation failed: ReferenceError: nowhere is not defined",
    })
    await goOn()
    await program.done()
    const values = await program.inspectVariables()
    expect([values.get("x")?.value, values.get("r")?.value]).toEqual(["1", '"a/3"'])
  })

  it("a hover changes nothing", async () => {
    await program.finish("let x = 41\nconst crate = { side: 3 }")
    await program.breakAt(area, 3)
    program.run(area)
    await program.stopped()
    expect(await program.evaluate("x", { context: "hover" })).toBe("41")
    expect(await program.evaluate("crate.side + box.width - 2", { context: "hover" })).toBe("3")
    await program.request("evaluate", { expression: "x = 2", context: "hover" })
    expect(
      await program.request("evaluate", { expression: "crate.side = 4", context: "hover" }),
    ).toMatchObject({
      success: false,
    })
    expect(await program.evaluate("[x, crate.side].join()", { context: "watch" })).toBe('"41,3"')
  })

  it("variables can be set, wherever they live", async () => {
    await program.finish("let x = 1\nconst box = { side: 3 }")
    await program.breakAt(area, 4)
    program.run(area)
    const { frames } = await program.stopped()
    const { scopes } = await program.ask<{ scopes: { name: string; variablesReference: number }[] }>(
      "scopes",
      {
        frameId: frames[0]!.id,
      },
    )
    const [locals, cells] = ["Locals", "Cells"].map(
      (name) => scopes.find((s) => s.name === name)!.variablesReference,
    )
    const set = (variablesReference: number, name: string, value: string) =>
      program.ask("setVariable", { variablesReference, name, value })
    expect(await set(locals!, "scale", "scale * 50")).toMatchObject({ value: "100", type: "number" })
    await set(cells!, "x", "'text'")
    const box = (await program.variables(cells!)).find(({ name }) => name === "box")!
    await set(box.variablesReference, "side", "4n")
    expect(await program.evaluate("[x, box, scale]")).toBe('Array(3) ["text", Object, 100]')
    await goOn()
    await program.done()
    expect((await program.inspectVariables()).get("answer")?.value).toBe("600")
  })

  it("a local can be copied to the cells' values", async () => {
    await program.breakAt(area, 4)
    program.run(area)
    const { frames } = await program.stopped()
    await program.ask("copyToGlobals", {
      srcVariableName: "once",
      dstVariableName: "kept",
      srcFrameId: frames[0]!.id,
    })
    expect(program.messages).toContainEqual({ type: "defined", name: "kept" })
    await goOn()
    await program.done()
    expect((await program.inspectVariables()).get("kept")?.value).toBe("6")
  })

  it("an interrupt lets go, past every other breakpoint", async () => {
    const code = "let turns = 0\nwhile (turns < 1000) {\n  turns++\n}"
    await program.breakAt(code, 3)
    program.run(code)
    await program.stopped()
    await program.interrupt()
    await program.until(() => program.messages.some((m) => m.type === "done"))
    expect((await program.inspectVariables()).get("turns")?.value).toBe("1000")
    await program.breakAt("turns = 9", 1)
    program.run("turns = 9")
    expect((await program.stopped()).at).toBe("cell-2:1")
  })

  it("disconnecting lets the program go on", async () => {
    const code = "let turns = 0\nwhile (turns < 1000) {\n  turns++\n}"
    await program.breakAt(code, 3)
    program.run(code)
    await program.stopped()
    await program.ask("disconnect", { restart: false, terminateDebuggee: false })
    expect(await program.done()).toEqual({ type: "done" })
    expect((await program.inspectVariables()).get("turns")?.value).toBe("1000")
    expect(await program.ask("debugInfo")).toMatchObject({
      isStarted: false,
      stoppedThreads: [],
      breakpoints: [],
    })
  })
})

describe("pause", () => {
  it("stops a running loop", async () => {
    program.run("let go = true\nlet turns = 0\nwhile (go) {\n  turns++\n}")
    await program.until(() => program.messages.some((m) => m.success))
    const counted = async () => Number((await program.inspectVariables()).get("turns")?.value)
    while (!((await counted()) > 0));
    await program.ask("pause", { threadId: 1 })
    const { reason, frames } = await program.stopped()
    expect(reason).toBe("pause")
    expect([3, 4]).toContain(frames[0]!.line)
    await program.evaluate("go = false")
    await goOn()
    expect(await program.done()).toEqual({ type: "done" })
  })

  it("of an idle program stops the next cell", async () => {
    await program.ask("pause", { threadId: 1 })
    program.run("let n = 1\nn = 2")
    expect(await program.stopped()).toMatchObject({ reason: "pause", at: "cell-1:1" })
  })
})

describe("exceptions", () => {
  const failing = `function parse(text: string) {
  return JSON.parse(text)
}
let caught = false
try {
  parse("{")
} catch {
  caught = true
}
parse("[")`

  it("that nobody catches stop where they are thrown", async () => {
    await program.ask("setExceptionBreakpoints", { filters: ["uncaught"] })
    program.run(failing)
    const { reason, frames, text } = await program.stopped()
    expect(reason).toBe("exception")
    expect(frames.map(({ name, line }) => `${name}:${line}`)).toEqual(["parse:2", "cell-1:10"])
    expect(text).toContain("SyntaxError")
    expect(await program.ask("exceptionInfo", { threadId: 1 })).toMatchObject({
      exceptionId: "SyntaxError",
      breakMode: "unhandled",
    })
    await goOn()
    expect((await program.done()).error).toContain("SyntaxError")
  })

  it("all stop if all are asked for", async () => {
    await program.ask("setExceptionBreakpoints", { filters: ["all"] })
    program.run(failing)
    expect((await program.stopped()).frames[1]!.line).toBe(6)
    await program.ask("setExceptionBreakpoints", { filters: [] })
    await goOn()
    expect((await program.done()).error).toContain("SyntaxError")
  })

  it("that an awaiting function catches count as caught", async () => {
    await program.ask("setExceptionBreakpoints", { filters: ["uncaught"] })
    const code = `async function fail() {
  await null
  throw new RangeError("late")
}
try {
  await fail()
} catch {}
await fail()`
    program.run(code)
    await program.stopped()
    const info = await program.ask("exceptionInfo", { threadId: 1 })
    expect(info.exceptionId).toBe("RangeError")
    await goOn()
    expect((await program.done()).error).toBe("RangeError: late")
  })
})

describe("the variable explorer", () => {
  beforeEach(async () => {
    await program.ask("disconnect")
  })

  it("shows the values of cells while nobody debugs", async () => {
    await program.finish(`class Point {
  constructor(readonly x: number) {}
  get twice(): number { throw new Error("a getter ran") }
}
const point = new Point(3)
const names = new Map([["a", 1]])
const text = "line\\n"
const big = 12n
const nothing = null
let unset`)
    const variables = await program.inspectVariables()
    const shown = [...variables.values()].map(({ name, value, type }) => [name, value, type])
    expect(shown).toEqual([
      ["Point", "class Point", "function"],
      ["point", "Point {x: 3}", "Point"],
      ["names", 'Map(1) {"a" => 1}', "Map"],
      ["text", '"line\\n"', "string"],
      ["big", "12n", "bigint"],
      ["nothing", "null", "null"],
      ["unset", "undefined", "undefined"],
    ])
    expect(await program.inside(variables.get("point")!.variablesReference)).toEqual({ x: "3", twice: "(…)" })
  })

  it("pages long arrays", async () => {
    await program.finish("const many = Float64Array.from({ length: 12345 }, (_, i) => i / 2)")
    const many = (await program.inspectVariables()).get("many") as Variable
    expect(many).toMatchObject({ type: "Float64Array", indexedVariables: 12345 })
    const page = { filter: "indexed", start: 10000, count: 2 }
    const names = (variables: Variable[]) => variables.map(({ name, value }) => `${name}=${value}`)
    expect(names(await program.variables(many.variablesReference, page))).toEqual([
      "10000=5000",
      "10001=5000.5",
    ])
    const parts = await program.variables(many.variablesReference)
    expect(parts.map(({ name }) => name)).toEqual(["[0…9999]", "[10000…12344]"])
    const inner = await program.variables(parts[1]!.variablesReference)
    expect(inner.map(({ name }) => name).at(-1)).toBe("[12300…12344]")
    const leaves = await program.variables(inner.at(-1)!.variablesReference)
    expect(names(leaves).at(-1)).toBe("12344=6172")
  })

  it("shows values as cells do", async () => {
    await program.finish(`const shown = { async [Symbol.for("Jupyter.display")]() { return { "text/html": "<b>1</b>" } } }
const plain = [1, 2]`)
    expect(await program.ask("richInspectVariables", { variableName: "shown" })).toMatchObject({
      data: { "text/html": "<b>1</b>" },
    })
    expect(await program.ask("richInspectVariables", { variableName: "plain" })).toEqual({
      data: { "text/plain": "[ 1, 2 ]" },
      metadata: {},
    })
  })
})

describe("the protocol", () => {
  it("answers what it does not know with a message", async () => {
    expect(await program.request("stepBack")).toMatchObject({
      type: "response",
      success: false,
      command: "stepBack",
      message: "unknown debug request: stepBack",
    })
    expect(await program.request("constructor")).toMatchObject({ success: false })
  })

  it("says what there is to debug", async () => {
    expect(await program.ask("threads")).toEqual({ threads: [{ id: 1, name: "cells" }] })
    const { sourcePath } = await program.ask("dumpCell", { code: "let a = 1" })
    expect(await program.ask("source", { source: { path: sourcePath } })).toEqual({ content: "let a = 1" })
    const { modules } = await program.ask<{ modules: { path: string }[] }>("modules")
    expect(modules.filter(({ path }) => path.includes("/dist/kernel/"))).toEqual([])
    // The protocol's page of a long list; ipykernel reads it too.
    expect(await program.ask("modules", { startModule: 1, moduleCount: 2 })).toEqual({
      modules: modules.slice(1, 3),
      totalModules: modules.length,
    })
  })

  it("refuses to step what is not stopped", async () => {
    for (const command of ["next", "stepIn", "stepOut", "continue", "stackTrace"])
      expect(await program.request(command)).toMatchObject({ success: false, message: "no cell is stopped" })
  })

  it("asks to attach first", async () => {
    await program.ask("disconnect")
    expect(await program.request("stackTrace")).toMatchObject({
      success: false,
      message: expect.stringContaining("debugger not attached"),
    })
  })
})
