import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { DebugResponse, StackFrame, Variable } from "../../../src/kernel/debug/dap.js"
import type { Dict } from "../../../src/kernel/dict.js"
import { KernelClient, printed, resultText } from "../client.js"

// The debugger as a front end meets it: over real sockets, with cells that the kernel itself compiles.

let kernel: KernelClient
let seq: number
let read: number
beforeAll(async () => {
  kernel = await KernelClient.start()
  seq = 0
  read = 0
})
afterEach(() => ask("disconnect"))
afterAll(() => kernel.close())

async function request(command: string, args: Dict = {}): Promise<DebugResponse> {
  const content = { seq: ++seq, type: "request", command, arguments: args }
  const reply = await kernel.request("control", "debug_request", content)
  expect(reply.header.msg_type).toBe("debug_reply")
  return reply.content as unknown as DebugResponse
}

async function ask<T = Dict>(command: string, args: Dict = {}): Promise<T> {
  const { success, message, body } = await request(command, args)
  if (!success) throw new Error(`${command}: ${message}`)
  return body as T
}

async function attach(): Promise<void> {
  await ask("initialize", { clientID: "jupyterlab" })
  await ask("attach")
}

async function breakAt(code: string, ...lines: number[]): Promise<string> {
  const { sourcePath: path } = await ask<{ sourcePath: string }>("dumpCell", { code })
  await ask("setBreakpoints", { source: { path }, breakpoints: lines.map((line) => ({ line })) })
  return path
}

/** The name of the newest cell. */
const cell = () =>
  `cell-${kernel.iopubMessages.findLast((m) => m.content.execution_count)?.content.execution_count}`

/** Waits for the next event of that name. */
async function event(name: string): Promise<Dict> {
  const events = () => kernel.iopubMessages.filter((m) => m.header.msg_type === "debug_event").slice(read)
  const isWanted = (m: { content: Dict }) => m.content.event === name
  const found = await kernel.until(() => events().find(isWanted))
  read += events().findIndex(isWanted) + 1
  return found.content.body as Dict
}

async function frames(): Promise<StackFrame[]> {
  await event("stopped")
  return (await ask<{ stackFrames: StackFrame[] }>("stackTrace", { threadId: 1 })).stackFrames
}

const places = (stack: StackFrame[]) => stack.map(({ name, line }) => `${name}:${line}`)

async function evaluate(expression: string): Promise<string> {
  return (await ask<{ result: string }>("evaluate", { expression, context: "repl" })).result
}

async function next(): Promise<string | undefined> {
  await ask("next", { threadId: 1 })
  return places(await frames())[0]
}

const total = `interface Item { price: number; count: number }
function total(items: Item[], tax: number = 0.5): number {
  let sum: number = 0
  for (const { price, count } of items) {
    sum += price * count
  }
  return sum * (1 + tax)
}
const paid = total(basket)
paid`

describe("a cell in the debugger", () => {
  it("stops at its TypeScript, steps, and ends with its result", async () => {
    await kernel.execute("const basket = [{ price: 2, count: 3 }, { price: 4, count: 1 }]")
    await attach()
    const path = await breakAt(total, 3)
    const id = await kernel.sendCell(total)
    const stack = await frames()
    expect(places(stack)).toEqual(["total:3", `${cell()}:9`])
    expect(stack[0]!.source.path).toBe(path)
    expect(await evaluate("basket.length + items.length")).toBe("4")
    expect(await next()).toBe("total:4")
    expect(await next()).toBe("total:5")
    expect(await evaluate("price * count")).toBe("6")
    await ask("stepOut", { threadId: 1 })
    expect(places(await frames())).toEqual([`${cell()}:10`])
    await ask("continue", { threadId: 1 })
    expect(resultText(await kernel.finished(id))).toBe("15")
  })

  it("gives later cells a variable of a function, under the name that was asked for", async () => {
    const code = "function inner() {\n  const hidden = { deep: 7 }\n  return hidden\n}\ninner().deep"
    await attach()
    await breakAt(code, 3)
    const id = await kernel.sendCell(code)
    const [top] = await frames()
    await ask("copyToGlobals", {
      srcVariableName: "hidden",
      dstVariableName: "copied",
      srcFrameId: top!.id,
    })
    await ask("continue", { threadId: 1 })
    expect(resultText(await kernel.finished(id))).toBe("7")
    expect(resultText(await kernel.execute("copied.deep + 1"))).toBe("8")
  })

  it("shows the reader's variables only", async () => {
    await kernel.execute("const basket = [{ price: 2, count: 3 }]")
    await attach()
    await breakAt(total, 5)
    const id = await kernel.sendCell(total)
    const [top] = await frames()
    const { scopes } = await ask<{ scopes: { name: string; variablesReference: number }[] }>("scopes", {
      frameId: top!.id,
    })
    expect(scopes.map(({ name }) => name)).toEqual(["Locals", "Cells"])
    const { variables } = await ask<{ variables: Variable[] }>("variables", {
      variablesReference: scopes[0]!.variablesReference,
    })
    expect(variables.map(({ name, value }) => `${name}=${value}`).toSorted()).toEqual([
      "count=3",
      "items=Array(1) [Object]",
      "price=2",
      "sum=0",
      "tax=0.5",
    ])
    // JupyterLab shows the type of a value that has one, and not the value.
    expect(variables.flatMap(({ type }) => type ?? [])).toEqual(["Array"])
    const cells = await ask<{ variables: Variable[] }>("variables", {
      variablesReference: scopes[1]!.variablesReference,
    })
    expect(cells.variables.map(({ name }) => name)).not.toContain("createWidget")
    expect(cells.variables.find(({ name }) => name === "basket")).toMatchObject({ type: "Array" })
    await ask("continue", { threadId: 1 })
    await kernel.finished(id)
  })

  it("knows helpers in hovers and in expressions", async () => {
    await attach()
    await breakAt("const here = 1", 1)
    const id = await kernel.sendCell("const here = 1")
    const [top] = await frames()
    for (const context of ["hover", "repl"])
      expect(
        await ask("evaluate", { expression: "typeof createWidget", frameId: top!.id, context }),
      ).toMatchObject({ result: '"function"' })
    await ask("continue", { threadId: 1 })
    await kernel.finished(id)
  })

  it("stops in functions of cells that ran before anyone debugged", async () => {
    const code = "function twice(n: number) {\n  return n * 2\n}"
    await kernel.execute(code)
    await attach()
    await breakAt(code, 2)
    const id = await kernel.sendCell("twice(4)")
    expect(places(await frames())).toEqual(["twice:2", `${cell()}:1`])
    await ask("continue", { threadId: 1 })
    expect(resultText(await kernel.finished(id))).toBe("8")
  })

  it("steps over awaits at top level", async () => {
    await attach()
    const code = "let n = 1\nawait new Promise((r) => setTimeout(r, 5))\nn = 2\nn"
    await breakAt(code, 2)
    const id = await kernel.sendCell(code)
    expect(places(await frames())).toEqual([`${cell()}:2`])
    expect(await next()).toBe(`${cell()}:3`)
    expect(await next()).toBe(`${cell()}:4`)
    await ask("continue", { threadId: 1 })
    expect(resultText(await kernel.finished(id))).toBe("2")
  })

  it("stops in the reader's own modules", async () => {
    const file = join(kernel.folder, "notebook", "shapes.ts")
    writeFileSync(
      file,
      "export interface Box { side: number }\nexport function area(box: Box): number {\n  return box.side ** 2\n}\n",
    )
    await attach()
    await ask("setBreakpoints", { source: { path: file }, breakpoints: [{ line: 3 }] })
    const id = await kernel.sendCell('import { area } from "./shapes.ts"\narea({ side: 3 })')
    const stack = await frames()
    expect(places(stack)).toEqual(["area:3", `${cell()}:2`])
    expect(stack[0]!.source.path).toBe(file)
    await ask("continue", { threadId: 1 })
    expect(resultText(await kernel.finished(id))).toBe("9")
  })

  it("is stopped by a Stop", async () => {
    await attach()
    const code = "let turns = 0\nwhile (true) {\n  turns++\n}"
    await breakAt(code, 3)
    const id = await kernel.sendCell(code)
    await frames()
    await kernel.request("control", "interrupt_request", {})
    const { reply } = await kernel.finished(id)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("turns > 0"))).toBe("true")
  })

  it("that waits in the debugger survives a signal", async () => {
    await attach()
    await breakAt("let n = 1\nn = 2", 2)
    const id = await kernel.sendCell("let n = 1\nn = 2")
    await frames()
    kernel.process.kill("SIGINT")
    await request("evaluate", { expression: "n" })
    await ask("continue", { threadId: 1 })
    await kernel.finished(id)
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
  })

  it("stops where an error is thrown that nobody catches", async () => {
    await attach()
    await ask("setExceptionBreakpoints", { filters: ["uncaught"] })
    const code = 'try { JSON.parse("{") } catch {}\nJSON.parse("[")'
    const id = await kernel.sendCell(code)
    expect(places(await frames())).toEqual([`${cell()}:2`])
    await ask("continue", { threadId: 1 })
    expect((await kernel.finished(id)).reply.content.ename).toBe("SyntaxError")
  })

  it("prints while it is stopped, and goes on when the client leaves", async () => {
    await attach()
    const code = "console.log('first')\nconsole.log('second')\nconsole.log('third')"
    await breakAt(code, 2, 3)
    const id = await kernel.sendCell(code)
    await frames()
    const isPrinted = (text: string) => () => kernel.of(id).some((m) => m.content.text === text)
    await kernel.until(isPrinted("first\n"))
    expect(await next()).toBe(`${cell()}:3`)
    await kernel.until(isPrinted("second\n"))
    await ask("disconnect", { restart: false, terminateDebuggee: false })
    expect(printed(await kernel.finished(id))).toBe("first\nsecond\nthird\n")
  })
})

describe("a kernel that nobody debugs", () => {
  it("shows its variables", async () => {
    await kernel.execute("const answer: number = 42; const names = ['a', 'b']")
    const { variables } = await ask<{ variables: Variable[] }>("inspectVariables")
    const found = new Map(variables.map(({ name, value, type }) => [name, `${value} ${type}`]))
    expect([found.get("answer"), found.get("names")]).toEqual(["42 number", 'Array(2) ["a", "b"] Array'])
    expect(await ask("richInspectVariables", { variableName: "names" })).toMatchObject({
      data: { "text/plain": "[ 'a', 'b' ]" },
    })
    await kernel.execute("const people = [{ name: 'conv1' }, { name: 'fc' }]")
    expect(await ask("richInspectVariables", { variableName: "people" })).toMatchObject({
      data: {
        "text/html": expect.stringContaining("<table"),
        "text/plain": expect.stringContaining("fc"),
      },
    })
    expect(await ask("debugInfo")).toMatchObject({ isStarted: false, hashMethod: "Murmur2" })
  })

  it("ends although a cell is stopped in the debugger", async () => {
    const other = await KernelClient.start()
    const send = (command: string) =>
      other.request("control", "debug_request", { seq: 1, type: "request", command })
    await send("initialize")
    await send("attach")
    await other.sendCell("let n = 1\ndebugger\nn = 2")
    await other.until(() => other.iopubMessages.some((m) => m.content.event === "stopped"))
    expect(await other.close()).toBe(0)
  })
})
