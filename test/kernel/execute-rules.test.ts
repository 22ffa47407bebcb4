import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Execution, KernelClient, printed, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})

const countOf = ({ reply }: Execution) => reply.content.execution_count as number
const types = ({ messages }: Execution) => messages.map((m) => m.content.execution_state ?? m.header.msg_type)
const tail = async (n: number) => {
  const request = { hist_access_type: "tail", n, output: false, raw: true }
  const { content } = await kernel.request("shell", "history_request", request)
  return (content.history as unknown[][]).map((row) => row[2])
}

describe("a silent cell", () => {
  const shows = [
    "console.log(1); console.error(2)",
    "display(3)",
    "display(4, { displayId: 's' }); updateDisplay('s', 5)",
    "clearOutput()",
    "6 * 7",
    "throw new Error('quiet')",
    "const wrong: number = 'text'",
  ]
  for (const code of shows)
    it(`publishes nothing but busy and idle: ${code}`, async () => {
      const cell = await kernel.execute(code, { silent: true })
      expect(types(cell)).toEqual(["busy", "idle"])
      expect(cell.reply.content.status).toBe(/throw|wrong/.test(code) ? "error" : "ok")
    })

  it("keeps what its timers print later to itself too", async () => {
    const cell = await kernel.execute("setTimeout(() => console.log('late'), 20)", { silent: true })
    await kernel.execute("await new Promise((r) => setTimeout(r, 60))")
    expect(types(cell)).toEqual(["busy", "idle"])
  })

  it("changes variables and evaluates expressions, counts nothing and leaves no history", async () => {
    const before = countOf(await kernel.execute("'before'"))
    const user_expressions = { twice: "hidden * 2" }
    const cell = await kernel.execute("const hidden = 4", {
      silent: true,
      store_history: true,
      user_expressions,
    })
    expect(cell.reply.content.user_expressions).toMatchObject({ twice: { data: { "text/plain": "8" } } })
    expect(countOf(cell)).toBe(before)
    expect(await tail(1)).toEqual(["'before'"])
    expect(resultText(await kernel.execute("hidden"))).toBe("4")
  })

  it("opens widgets and comms all the same", async () => {
    const { outputs } = await kernel.execute("openComm('t')", { silent: true })
    expect(outputs.map((m) => m.header.msg_type)).toEqual(["comm_open"])
  })

  it("that fails lets the cells behind it run", async () => {
    const ids = await Promise.all([
      kernel.sendCell("await new Promise((r) => setTimeout(r, 50)); throw new Error('no')", { silent: true }),
      kernel.sendCell("'ran'"),
    ])
    expect(resultText(await kernel.finished(ids[1]!))).toBe("'ran'")
  })
})

describe("the counter", () => {
  it("is told by an empty silent cell", async () => {
    const before = countOf(await kernel.execute("1"))
    const cell = await kernel.execute("", { silent: true })
    expect(cell.reply.content).toMatchObject({ status: "ok", execution_count: before, user_expressions: {} })
    expect(cell.messages).toHaveLength(2)
  })

  it("does not count blank cells, nor those that are not stored, but failing ones", async () => {
    const before = countOf(await kernel.execute("1"))
    expect(countOf(await kernel.execute(" \n\t"))).toBe(before)
    expect(countOf(await kernel.execute("2", { store_history: false }))).toBe(before)
    expect(countOf(await kernel.execute("throw 1"))).toBe(before + 1)
    expect(countOf(await kernel.execute("const x: string = 1"))).toBe(before + 2)
    expect((await tail(3)).at(0)).toBe("1")
  })

  it("is the same in input, result and reply", async () => {
    const cell = await kernel.execute("'n'")
    const counts = cell.messages.map((m) => m.content.execution_count).filter((n) => n !== undefined)
    expect(counts).toEqual([countOf(cell), countOf(cell)])
  })
})

describe("a reply", () => {
  it("says when the cell started, and how it ended", async () => {
    const { reply } = await kernel.execute("1")
    expect(new Date(reply.metadata.started as string).toISOString()).toBe(reply.metadata.started)
    expect(reply.metadata.status).toBe("ok")
  })

  it("and every output have date, version, one session, an id of their own and the request as parent", async () => {
    const { reply, messages } = await kernel.execute("console.log(1); display(2); 3")
    const all = [reply, ...messages]
    for (const { header, parentHeader } of all) {
      expect(header).toMatchObject({ version: "5.5", username: "kernel", session: reply.header.session })
      expect(new Date(header.date).toISOString()).toBe(header.date)
      expect(parentHeader).toMatchObject({ msg_type: "execute_request", session: kernel.factory.session })
    }
    expect(new Set(all.map(({ header }) => header.msg_id)).size).toBe(all.length)
  })

  it("comes after all output of its cell, and nothing after the idle", async () => {
    for (let i = 0; i < 20; i++) {
      const cell = await kernel.execute("for (let i = 0; i < 300; i++) console.log(i); display(1); 2")
      expect(printed(cell).split("\n")).toHaveLength(301)
      expect(types(cell).at(-1)).toBe("idle")
      expect(types(cell).filter((type) => type === "idle")).toHaveLength(1)
    }
  })

  it("has the user expressions of an error-free cell alone", async () => {
    const failed = await kernel.execute("throw new Error('x')", { user_expressions: { a: "1" } })
    expect(failed.reply.content.user_expressions).toEqual({})
    const mixed = await kernel.execute("const m = 2", {
      user_expressions: { a: "m", b: "throw_()", c: "({ m })" },
    })
    expect(mixed.reply.content).toMatchObject({
      status: "ok",
      user_expressions: {
        a: { status: "ok", data: { "text/plain": "2" }, metadata: {} },
        b: {
          status: "error",
          ename: expect.any(String),
          evalue: expect.any(String),
          traceback: expect.any(Array),
        },
        c: { status: "ok", data: { "text/plain": "{ m: 2 }" } },
      },
    })
    expect(mixed.outputs).toEqual([])
  })
})

describe("after an error", () => {
  const failing = "await new Promise((r) => setTimeout(r, 200)); throw new Error('stop')"

  it("cells that wait are aborted in their order, framed by busy and idle, and later ones run", async () => {
    const ids = await Promise.all([kernel.sendCell(failing), kernel.sendCell("1"), kernel.sendCell("2")])
    const cells = await Promise.all(ids.map((id) => kernel.finished(id)))
    expect(cells.map((cell) => cell.reply.content.status)).toEqual(["error", "aborted", "aborted"])
    for (const cell of cells.slice(1)) {
      expect(types(cell)).toEqual(["busy", "idle"])
      expect(cell.reply.header.msg_type).toBe("execute_reply")
    }
    const order = kernel.iopubMessages.filter((m) => m.content.execution_state === "idle")
    expect(order.slice(-3).map((m) => m.parentHeader.msg_id)).toEqual(ids)
    expect(resultText(await kernel.execute("'runs'"))).toBe("'runs'")
  })

  it("that comes at once, the cells that were sent with it are aborted", async () => {
    const ids = await Promise.all([kernel.sendCell("throw 1"), kernel.sendCell("1"), kernel.sendCell("2")])
    const cells = await Promise.all(ids.map((id) => kernel.finished(id)))
    expect(cells.map((cell) => cell.reply.content.status)).toEqual(["error", "aborted", "aborted"])
  })

  it("other requests that wait are answered", async () => {
    const id = await kernel.sendCell(failing)
    const others = await Promise.all([
      kernel.send("shell", "kernel_info_request", {}),
      kernel.send("shell", "comm_info_request", {}),
      kernel.send("shell", "inspect_request", { code: "JSON", cursor_pos: 2, detail_level: 0 }),
      kernel.send("shell", "complete_request", { code: "JSON.pars", cursor_pos: 9 }),
      kernel.send("shell", "is_complete_request", { code: "1" }),
      kernel.send("shell", "history_request", { hist_access_type: "tail", n: 1 }),
    ])
    const replies = await Promise.all(others.map((other) => kernel.replyTo(other)))
    expect(replies.map((m) => m.content.status)).toEqual(["ok", "ok", "ok", "ok", "complete", "ok"])
    expect((await kernel.finished(id)).reply.content.status).toBe("error")
  })

  it("cells run on where stop_on_error is false", async () => {
    const ids = await Promise.all([
      kernel.sendCell(failing, { stop_on_error: false }),
      kernel.sendCell("'on'"),
    ])
    expect(resultText(await kernel.finished(ids[1]!))).toBe("'on'")
  })
})

describe("cells sent at once", () => {
  it("run one after the other, also where they wait", async () => {
    await kernel.execute("const order: string[] = []")
    const cell = (n: number) =>
      kernel.sendCell(
        `order.push("${n} begins"); await new Promise((r) => setTimeout(r, 5)); order.push("${n} ends")`,
      )
    const ids = await Promise.all([1, 2, 3].map(cell))
    await Promise.all(ids.map((id) => kernel.finished(id)))
    const expected = [1, 2, 3].flatMap((n) => [`${n} begins`, `${n} ends`])
    expect(resultText(await kernel.execute("order.join()"))).toBe(`'${expected.join()}'`)
    const states = kernel.iopubMessages.filter((m) => ids.includes(String(m.parentHeader.msg_id)))
    const framed = states.filter((m) => m.header.msg_type === "status").map((m) => m.content.execution_state)
    expect(framed).toEqual(["busy", "idle", "busy", "idle", "busy", "idle"])
  })

  it("are said to go on when something else was answered meanwhile", async () => {
    const id = await kernel.sendCell("console.log('waits'); await new Promise(() => {})")
    await kernel.until(() => printed({ outputs: kernel.of(id) } as Execution) === "waits\n")
    const { length } = kernel.iopubMessages
    const states = () =>
      kernel.iopubMessages.slice(length).map((m) => m.content.execution_state ?? m.header.msg_type)
    await kernel.request("shell", "complete_request", { code: "conso", cursor_pos: 5 })
    await kernel.until(() => states().length === 3)
    expect(states()).toEqual(["busy", "idle", "busy"])
    await kernel.request("control", "interrupt_request", {})
    const { outputs } = await kernel.finished(id)
    expect(outputs.at(-1)?.content.ename).toBe("Interrupted")
    await kernel.until(() => states().at(-1) === "idle")
  })

  it("also on the control channel, with the reply there", async () => {
    const reply = await kernel.request("control", "execute_request", { code: "1 + 1" })
    expect(reply.content.status).toBe("ok")
  })
})
