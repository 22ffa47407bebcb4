import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "../client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
  await kernel.execute("let state = 41; let turns = 0")
})
afterAll(async () => {
  await kernel.close()
})

/** Starts a cell, stops it once it has printed something, and gives its end. */
async function stopped(code: string) {
  const id = await kernel.sendCell(code)
  await kernel.until(() => kernel.of(id).some((m) => m.header.msg_type === "stream"))
  await kernel.request("control", "interrupt_request", {})
  return kernel.finished(id)
}

describe("a Stop ends what goes on for ever without a loop:", () => {
  const begun = "console.log('begun')"
  const cells: Record<string, string> = {
    "a chain of promises": `const next = (): Promise<void> => Promise.resolve().then(next); ${begun}; await next()`,
    "promises that resolve each other": `const count = (n: number): Promise<never> => new Promise<number>((r) => r(n)).then((m) => count(m + 1)); ${begun}; await count(0)`,
    "an async function that calls itself": `const again = async (): Promise<void> => { await 0; turns++; return again() }; ${begun}; await again()`,
    microtasks: `${begun}; await new Promise(() => { const tick = () => queueMicrotask(tick); tick() })`,
    "what comes before the next turn": `${begun}; await new Promise(() => { const tick = () => process.nextTick(tick); tick() })`,
    "recursion behind an await": `const fib = (n: number): number => (n < 2 ? n : fib(n - 1) + fib(n - 2)); const late = async () => { await 0; ${begun}; return fib(90) }; await late()`,
    "methods that call each other": `class Pair { async a(): Promise<void> { await 0; return this.b() }\nb(): Promise<void> { return this.a() } }\n${begun}; await new Pair().a()`,
  }
  it.each(Object.entries(cells))("%s", async (_, code) => {
    const { reply } = await stopped(code)
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  it("what an earlier cell has left behind, for the cell that waits behind it", async () => {
    const first = await kernel.execute(
      "void (async () => { await new Promise((r) => setTimeout(r, 20)); console.log('blocks'); while (true) turns++ })()",
    )
    await kernel.until(() => kernel.of(first.id).some((m) => m.content.text === "blocks\n"))
    const id = await kernel.sendCell("state + 1")
    await kernel.until(() => kernel.of(id).some((m) => m.header.msg_type === "execute_input"))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
    expect(resultText(await kernel.execute("state + 1"))).toBe("42")
  })

  it("what is left behind, though a cell comes at once", async () => {
    const first = await kernel.execute(
      "setTimeout(() => { console.log('blocks'); while (true) turns++ }, 20); 0",
    )
    await kernel.until(() => kernel.of(first.id).some((m) => m.content.text === "blocks\n"))
    const [, cell] = await Promise.all([
      kernel.request("control", "interrupt_request", {}),
      kernel.execute("state + 1"),
    ])
    expect(resultText(cell)).toBe("42")
  })
})

describe("after a Stop", () => {
  it("functions that clean up run", async () => {
    const cell = await stopped(
      "const clean = async () => { await 0; console.log([1].map((n) => Math.abs(n)).join()) }\n" +
        "try { console.log('begun'); await new Promise(() => {}) } finally { await clean() }",
    )
    expect(printed(cell)).toBe("begun\n1\n")
  })

  it("what cleans up by timers comes to its end", async () => {
    const cell = await stopped(
      "const step = (n: number): Promise<void> => n === 0 ? Promise.resolve() : new Promise<void>((r) => setTimeout(r, 1)).then(() => step(n - 1))\n" +
        "try { console.log('begun'); await new Promise(() => {}) } finally { await step(400); console.log('cleaned') }",
    )
    expect(cell.reply.content.ename).toBe("Interrupted")
    expect(printed(cell)).toBe("begun\ncleaned\n")
  })

  it("the error has the place of the loop", async () => {
    // Behind an await, where no signal reaches it: a loop that a signal ends cannot say where it was.
    const { reply } = await stopped(
      "const forever = async () => {\n  console.log(await 'begun')\n  while (true) turns++\n}\nawait forever()",
    )
    const frame = (reply.content.traceback as string[]).slice(-2)
    expect(frame).toEqual(["  3 |   while (true) turns++", "    |   ^"])
  })

  it("of an idle kernel a widget's loop runs to its end", async () => {
    const opened = await kernel.execute(
      "const button = createWidget({ esm: 'export default {}', state: {} })\n" +
        "button.on('msg:custom', () => { let sum = 0; for (let i = 0; i < 10; i++) sum += i; console.log(sum) })",
    )
    const open = opened.messages.find((m) => m.header.msg_type === "comm_open")!
    await kernel.request("control", "interrupt_request", {})
    const id = await kernel.send("shell", "comm_msg", {
      comm_id: open.content.comm_id,
      data: { method: "custom", content: {} },
    })
    await kernel.until(() => kernel.of(id).some((m) => m.content.execution_state === "idle"))
    expect(kernel.of(id).map((m) => m.content.text)).toContain("45\n")
  })
})
