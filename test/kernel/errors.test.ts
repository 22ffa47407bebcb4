import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

/** An error that can be read but for one property. */
const without = (property: string, error = 'new Error("known")') =>
  `Object.defineProperty(${error}, "${property}", { get() { throw new Error("not for you") } })`
const revoked = "(() => { const one = Proxy.revocable({}, {}); one.revoke(); return one.proxy })()"
const guarded = `new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 }, has() { throw 3 } })`

describe("a cell that throws is answered, whatever it throws:", () => {
  const thrown: [what: string, code: string, evalue: string][] = [
    ["a revoked proxy", revoked, "<Revoked Proxy>"],
    ["a proxy whose traps throw", guarded, "{}"],
    ["an error without a readable stack", without("stack"), "known"],
    ["an error without a readable name", without("name"), "known"],
    ["an error without a readable cause", without("cause"), "known"],
    ["an error whose name is no text", `Object.assign(new Error("known"), { name: ${guarded} })`, "known"],
    ["an error whose message is no text", `Object.assign(new Error(), { message: { a: 1 } })`, "{ a: 1 }"],
    ["an error with a cause that refuses to be read", `new Error("known", { cause: ${guarded} })`, "known"],
    [
      "an AggregateError without readable errors",
      without("errors", "new AggregateError([], 'known')"),
      "known",
    ],
  ]

  it.each(thrown)("%s", async (_what, code, evalue) => {
    const { reply, outputs } = await kernel.execute(`throw ${code}`)
    expect(reply.content).toMatchObject({ status: "error", evalue })
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["error"])
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
  })

  it.each([revoked, guarded])(
    "and the kernel goes on where a timer or nobody's promise throws it: %s",
    async (value) => {
      const cell = await kernel.execute(`setTimeout(() => { throw ${value} }); void Promise.reject(${value})`)
      const printedHere = () => printed({ outputs: kernel.of(cell.id) } as never, "stderr")
      await kernel.until(() => printedHere().split("Uncaught").length === 3)
      expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
    },
  )
})

it("errors that nobody catches are printed still when all listeners were removed", async () => {
  const events = ["uncaughtException", "unhandledRejection", "SIGINT"]
  await kernel.execute(`for (const event of ${JSON.stringify(events)}) process.removeAllListeners(event)`)
  for (const code of [
    "setTimeout(() => { throw new Error('late') })",
    "void Promise.reject(new Error('late'))",
  ]) {
    const cell = await kernel.execute(code)
    await kernel.until(() =>
      printed({ outputs: kernel.of(cell.id) } as never, "stderr").includes("Error: late"),
    )
  }
  kernel.process.kill("SIGINT")
  // It has to arrive while the kernel is idle.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
})

describe("an error frame", () => {
  const tracebackOf = async (code: string) =>
    ((await kernel.execute(code)).reply.content.traceback as string[]).join("\n")

  // ECMAScript takes U+2028 for the end of a line: the frame showed the line below.
  it.each([
    ["lines that end as on Windows", 'let w1 = 1\r\nthrow new Error("here")\r\n'],
    ["U+2028 in a text", 'const w2 = "a\u2028b"\nthrow new Error("here")'],
  ])("has the line that the reader sees in a cell with %s", async (_what, code) => {
    expect(await tracebackOf(code)).toMatch(
      /at (cell-\d+):2:7\n\n\1:\n {2}2 \| throw new Error\("here"\)\n {4}\| {7}\^$/,
    )
  })

  it("says what an error has beside its message", async () => {
    const code = 'throw Object.assign(new Error("no"), { code: "E42", status: { of: "it" } })'
    expect(await tracebackOf(code)).toContain("{ code: 'E42', status: { of: 'it' } }")
  })

  it("says so of causes, too", async () => {
    const code = 'throw new Error("top", { cause: Object.assign(new Error("below"), { code: "E7" }) })'
    expect(await tracebackOf(code)).toMatch(/caused by: Error: below\n(.*\n)*.*code: 'E7'/)
  })

  it("ends where errors cause each other", async () => {
    const code = 'const a: Error = new Error("a"); a.cause = new TypeError("b", { cause: a }); throw a'
    const lines = (await tracebackOf(code)).split("\n").filter((line) => line.startsWith("caused by"))
    expect(lines).toEqual(["caused by: TypeError: b", "caused by: Error: a"])
  })

  it("has the members of an AggregateError and what caused it", async () => {
    const code = 'throw new AggregateError([new Error("one"), "two"], "both", { cause: new Error("why") })'
    const lines = (await tracebackOf(code)).split("\n").filter((line) => line.startsWith("caused by"))
    expect(lines).toEqual(["caused by: Error: one", "caused by: 'two'", "caused by: Error: why"])
  })
})

describe("an error that is printed", () => {
  const shown = async (code: string) => {
    const cell = await kernel.execute(code)
    return (printed(cell) + (resultText(cell) ?? "")).replace(/cell-\d+/g, "cell")
  }

  it("has brackets around what it is beside its message", async () => {
    const made = "Object.assign(new Error('x'), { code: 5 })"
    const text = "Error: x\n    at cell:1:27 {\n  code: 5\n}"
    expect(await shown(`console.log(${made})`)).toBe(`${text}\n`)
    expect(await shown(`${" ".repeat(12)}${made}`)).toBe(text)
    expect(await shown(`const inside = { e: ${made} }; console.log(inside)`)).toBe(
      "{\n  e: Error: x\n      at cell:1:35 {\n    code: 5\n  }\n}\n",
    )
  })

  it("has them where no frame is the reader's", async () => {
    const code =
      "await (await import('node:fs/promises')).readFile('/nowhere').catch((e) => console.log(Object.assign(e, { path: 1 })))"
    expect(await shown(code)).toMatch(/^Error: ENOENT[^\n]* \{\n {2}errno: -2,\n[\s\S]*\n\}\n$/)
  })

  it("has its causes and members in their own brackets, and nothing of the kernel's frames", async () => {
    const code = "console.log(new Error('top', { cause: new AggregateError([new TypeError('low')], 'mid') }))"
    expect(await shown(code)).toBe(
      "Error: top\n    at cell:1:13 {\n  [cause]: AggregateError: mid\n      at cell:1:39 {\n" +
        "    [errors]: [\n      TypeError: low\n          at cell:1:59\n    ]\n  }\n}\n",
    )
  })
})
