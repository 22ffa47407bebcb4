import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { KernelClient, printed, resultText } from "./client.js"
import { Peer } from "./peer.js"

let kernel: KernelClient
let peer: Peer
beforeAll(async () => {
  kernel = await KernelClient.start()
})
afterAll(async () => {
  await kernel.close()
})
beforeEach(async () => {
  peer = await Peer.connect(kernel)
})
afterEach(() => peer.close())

describe("several clients", () => {
  it("are each welcomed, without a parent", () => {
    const { header, parentHeader, content } = peer.received.iopub[0]!
    expect([header.msg_type, parentHeader, content]).toEqual(["iopub_welcome", {}, { subscription: "" }])
  })

  it("see the kernel start once, before anything else it says", async () => {
    await kernel.execute("1")
    const states = kernel.iopubMessages.filter((m) => m.header.msg_type === "status")
    expect(states[0]).toMatchObject({ content: { execution_state: "starting" }, parentHeader: {} })
    expect(states.filter((m) => m.content.execution_state === "starting")).toHaveLength(1)
    expect(peer.received.iopub.filter((m) => m.content.execution_state === "starting")).toEqual([])
  })

  it("each get their own replies, and all of them see all output", async () => {
    const id = await kernel.sendCell("console.log('theirs'); 1")
    const mine = await peer.request("kernel_info_request", {})
    expect(mine.parentHeader.session).toBe(peer.factory.session)
    await kernel.finished(id)
    await peer.until(() => peer.of(id).some((m) => m.content.execution_state === "idle"))
    expect(peer.of(id).map((m) => m.content.execution_state ?? m.header.msg_type)).toEqual([
      "busy",
      "execute_input",
      "stream",
      "execute_result",
      "idle",
    ])
    expect(peer.received.shell.map((m) => m.header.msg_type)).toEqual(["kernel_info_reply"])
    expect([...kernel.replies.values()].every((m) => m.parentHeader.session === kernel.factory.session)).toBe(
      true,
    )
  })

  it("share variables, counter and queue", async () => {
    const first = await kernel.sendCell("const ours = 5; await new Promise((r) => setTimeout(r, 100))")
    await kernel.until(() => kernel.of(first).length > 0)
    const reply = await peer.request("execute_request", { code: "ours + 1", allow_stdin: false })
    const count = (await kernel.finished(first)).reply.content.execution_count as number
    expect(reply.content).toMatchObject({ status: "ok", execution_count: count + 1 })
  })

  it("that subscribe to a topic get what belongs to it", async () => {
    const { session } = kernel.iopubMessages[0]!.header
    const streams = await Peer.connect(kernel, `kernel.${session}.stream`)
    await kernel.execute("console.log('topic'); 1")
    await streams.until(() => streams.received.iopub.some((m) => m.content.text === "topic\n"))
    expect(streams.received.iopub.some((m) => m.header.msg_type === "status")).toBe(false)
    streams.close()
  })
})

describe("questions to the reader", () => {
  const asked = (id: string) =>
    kernel.until(() => kernel.stdinMessages.find((m) => m.parentHeader.msg_id === id))

  it("go to the client whose cell asks, and to no other", async () => {
    const id = await peer.send("shell", "execute_request", {
      code: "await input('who? ')",
      allow_stdin: true,
    })
    const question = await peer.until(() => peer.received.stdin[0])
    expect(question).toMatchObject({ header: { msg_type: "input_request" }, parentHeader: { msg_id: id } })
    expect(kernel.stdinMessages).toEqual([])
    await kernel.send("stdin", "input_reply", { status: "ok", value: "not mine to answer" })
    await peer.send("stdin", "input_reply", { status: "ok", value: "me" })
    const result = await peer.until(() => peer.of(id).find((m) => m.header.msg_type === "execute_result"))
    expect(result.content.data).toEqual({ "text/plain": "'me'" })
  })

  it("come after what the cell has printed", async () => {
    const id = await kernel.sendCell("console.log('before'); await input('?')", { allow_stdin: true })
    await asked(id)
    await kernel.until(() => kernel.of(id).some((m) => m.content.text === "before\n"))
    await kernel.send("stdin", "input_reply", { status: "ok", value: "" })
    expect(resultText(await kernel.finished(id))).toBe("''")
  })

  it("may be ended by the reader instead of answered", async () => {
    const id = await kernel.sendCell("await input('?')", { allow_stdin: true })
    await asked(id)
    await kernel.send("stdin", "input_reply", { status: "ok", value: "\x04" })
    expect((await kernel.finished(id)).reply.content).toMatchObject({ status: "error", ename: "EOFError" })
  })

  it("follow each other in a cell, and are answered in their order", async () => {
    const code =
      "const [p, q] = await Promise.all([input('p'), input('q', { password: true })]); p + q + await input('r')"
    const id = await kernel.sendCell(code, { allow_stdin: true })
    const questions = () => kernel.stdinMessages.filter((m) => m.parentHeader.msg_id === id)
    await kernel.until(() => questions().length === 2)
    expect(questions().map((m) => m.content)).toEqual([
      { prompt: "p", password: false },
      { prompt: "q", password: true },
    ])
    for (const value of ["1", "2"]) await kernel.send("stdin", "input_reply", { status: "ok", value })
    await kernel.until(() => questions().length === 3)
    await kernel.send("stdin", "input_reply", { status: "ok", value: "😀" })
    expect(resultText(await kernel.finished(id))).toBe("'12😀'")
  })

  it("of a stopped cell are over: a late answer is not taken for the next cell's", async () => {
    const stopped = await kernel.sendCell("await input('old')", { allow_stdin: true })
    const old = await asked(stopped)
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(stopped)).reply.content.ename).toBe("Interrupted")
    await kernel.send("stdin", "input_reply", { status: "ok", value: "nobody asks" })
    const next = await kernel.sendCell("await input('new')", { allow_stdin: true })
    const question = await asked(next)
    const answer = (value: string, parent: typeof question) =>
      kernel.send("stdin", "input_reply", { status: "ok", value }, { parent: parent.header })
    await answer("late", old)
    await answer("right", question)
    expect(resultText(await kernel.finished(next))).toBe("'right'")
  })

  const late: Record<string, string> = {
    "are refused to a timer once its cell is over":
      "setTimeout(() => input('?').catch((e) => console.log(e.name)), 30); 0",
    "that nobody has answered when their cell is over are refused":
      "void input('?').catch((e) => console.log(e.name))",
  }
  it.each(Object.entries(late))("%s", async (_, code) => {
    const cell = await kernel.execute(code, { allow_stdin: true })
    await kernel.until(() =>
      printed({ ...cell, outputs: kernel.of(cell.id) }).includes("StdinNotImplementedError"),
    )
  })
})

describe("a shutdown", () => {
  it("is told to all clients", async () => {
    const dying = await KernelClient.start()
    await dying.execute("1")
    const watcher = await Peer.connect(dying)
    const reply = await dying.request("shell", "shutdown_request", { restart: true })
    expect(reply.content).toEqual({ status: "ok", restart: true })
    const told = await watcher.until(() =>
      watcher.received.iopub.find((m) => m.header.msg_type === "shutdown_reply"),
    )
    expect(told.content).toEqual({ status: "ok", restart: true })
    expect(await dying.exited).toBe(0)
    watcher.close()
    await dying.close()
  })
})
