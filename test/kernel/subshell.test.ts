import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { encode } from "../../src/kernel/wire.js"
import { KernelClient, printed, resultText } from "./client.js"

let kernel: KernelClient
let subshell: string
beforeAll(async () => {
  kernel = await KernelClient.start()
  await kernel.execute(
    "const gates: Record<string, () => void> = {}; const seen: Record<string, unknown> = {}",
  )
})
afterAll(async () => {
  await kernel.close()
})
beforeEach(async () => {
  const { content } = await kernel.request("control", "create_subshell_request", {})
  expect(content).toEqual({ status: "ok", subshell_id: expect.any(String) })
  subshell = content.subshell_id as string
})
afterEach(async () => {
  await remove(subshell)
})

const list = async () => (await kernel.request("control", "list_subshell_request", {})).content
const remove = async (id: string) =>
  (await kernel.request("control", "delete_subshell_request", { subshell_id: id })).content

/** Sends a message to a shell of this name. */
async function sendTo(shell: unknown, type: string, content: object): Promise<string> {
  const message = kernel.factory.make(type, content)
  Object.assign(message.header, { subshell_id: shell })
  await kernel.sockets.shell.send(encode(message, { key: kernel.key, scheme: "hmac-sha256" }))
  return message.header.msg_id
}
const cellOn = (shell: unknown, code: string, more = {}) =>
  sendTo(shell, "execute_request", { code, allow_stdin: false, ...more })
const printedBy = (id: string) => printed({ outputs: kernel.of(id) } as never)

/** A cell that says that it runs, and waits until `open(name)` is called. */
const waits = (name: string, then = "") =>
  `await new Promise<void>((go) => { gates.${name} = go; console.log("waits") }); ${then}`
const open = (name: string) => kernel.execute(`gates.${name}!()`)
const openOn = async (shell: string, name: string) => kernel.finished(await cellOn(shell, `gates.${name}!()`))
const untilWaits = (id: string) => kernel.until(() => printedBy(id).includes("waits"))

describe("subshells", () => {
  it("are announced, made, listed and deleted", async () => {
    const info = await kernel.request("shell", "kernel_info_request", {})
    expect(info.content.supported_features).toContain("kernel subshells")
    const other = (await kernel.request("control", "create_subshell_request", {})).content
      .subshell_id as string
    expect(await list()).toEqual({ status: "ok", subshell_id: [subshell, other] })
    expect(await remove(other)).toEqual({ status: "ok" })
    expect(await list()).toEqual({ status: "ok", subshell_id: [subshell] })
  })

  it("that do not exist cannot be deleted nor used", async () => {
    expect(await remove("nowhere")).toMatchObject({ status: "error", evalue: "no such subshell: nowhere" })
    const bad = { status: "error", evalue: expect.stringContaining("no such subshell: ") }
    for (const id of ["nowhere", 7, { toString: 1 }]) {
      const { reply, outputs } = await kernel.finished(await cellOn(id, "seen.ran = 1"))
      expect(reply.content).toMatchObject({ ...bad, execution_count: expect.any(Number) })
      expect(outputs).toEqual([])
      const completion = await sendTo(id, "complete_request", { code: "a", cursor_pos: 1 })
      expect((await kernel.replyTo(completion)).content).toMatchObject(bad)
    }
    expect(resultText(await kernel.execute("'ran' in seen"))).toBe("false")
  })

  it("are made on the control channel alone", async () => {
    const { content } = await kernel.request("shell", "create_subshell_request", {})
    expect(content).toMatchObject({ status: "error", ename: "NotImplemented" })
  })

  it("run cells while the main shell waits, with the same variables", async () => {
    const main = await cellOn(null, waits("a", "seen.shared"))
    await untilWaits(main)
    const beside = await kernel.finished(await cellOn(subshell, "const shared = 6 * 7; seen.shared = shared"))
    expect(resultText(beside)).toBe("42")
    expect(kernel.replies.has(main)).toBe(false)
    await openOn(subshell, "a")
    expect(resultText(await kernel.finished(main))).toBe("42")
    expect(resultText(await kernel.execute("shared + 1"))).toBe("43")
  })

  it("leave the main shell free while they wait", async () => {
    const id = await cellOn(subshell, waits("b", "'done'"))
    await untilWaits(id)
    expect(resultText(await open("b"))).toBe(undefined)
    expect(resultText(await kernel.finished(id))).toBe("'done'")
  })

  it("keep the prints of two running cells apart", async () => {
    const code = (name: string) =>
      `for (let i = 0; i < 50; i++) { console.log("${name}", i); await new Promise((r) => setTimeout(r, 1)) }`
    const [one, two] = await Promise.all([cellOn(null, code("one")), cellOn(subshell, code("two"))])
    await Promise.all([kernel.finished(one), kernel.finished(two)])
    const lines = (name: string) => Array.from({ length: 50 }, (_, i) => `${name} ${i}\n`).join("")
    expect([printedBy(one), printedBy(two)]).toEqual([lines("one"), lines("two")])
  })

  it("are named in the parent headers of everything they answer", async () => {
    const cell = await kernel.finished(await cellOn(subshell, "console.log(1); 2"))
    for (const { parentHeader } of [cell.reply, ...cell.messages])
      expect(parentHeader.subshell_id).toBe(subshell)
    const completion = await sendTo(subshell, "complete_request", { code: "JSON.pars", cursor_pos: 9 })
    const reply = await kernel.replyTo(completion)
    expect(reply.content.matches).toEqual(["parse"])
    expect(reply.parentHeader.subshell_id).toBe(subshell)
    const inspection = await sendTo(subshell, "inspect_request", { code: "JSON", cursor_pos: 2 })
    expect((await kernel.replyTo(inspection)).content.found).toBe(true)
    const busyAndIdle = kernel
      .of(completion)
      .map((m) => [m.content.execution_state, m.parentHeader.subshell_id])
    expect(busyAndIdle[0]).toEqual(["busy", subshell])
  })

  it("take comm messages, also while the main shell waits", async () => {
    await kernel.execute(
      'registerCommTarget("lane", (comm) => { comm.onMessage = (data) => comm.send(data) })',
    )
    const main = await cellOn(null, waits("c"))
    await untilWaits(main)
    await sendTo(subshell, "comm_open", { comm_id: "lane-1", target_name: "lane", data: {} })
    const message = await sendTo(subshell, "comm_msg", { comm_id: "lane-1", data: { n: 1 } })
    const answer = await kernel.until(() => kernel.of(message).find((m) => m.header.msg_type === "comm_msg"))
    expect(answer.content).toEqual({ comm_id: "lane-1", data: { n: 1 } })
    await openOn(subshell, "c")
    await kernel.finished(main)
  })

  it("may be gone before a comm that was opened on them is closed", async () => {
    await kernel.execute('registerCommTarget("gone", () => {})')
    await sendTo(subshell, "comm_open", { comm_id: "gone-1", target_name: "gone", data: {} })
    const open = async () => (await kernel.request("shell", "comm_info_request", {})).content.comms
    expect(await open()).toHaveProperty("gone-1")
    await remove(subshell)
    const close = await sendTo(subshell, "comm_close", { comm_id: "gone-1", data: {} })
    await kernel.until(() => kernel.of(close).some(({ content }) => content.execution_state === "idle"))
    expect(await open()).not.toHaveProperty("gone-1")
  })

  it("abort behind an error only what waits in the same shell", async () => {
    const failing = "await new Promise((r) => setTimeout(r, 100)); throw new Error('stop')"
    const mine = await Promise.all([cellOn(subshell, failing), cellOn(subshell, "1"), cellOn(subshell, "2")])
    const others = await Promise.all([
      cellOn(null, "await new Promise((r) => setTimeout(r, 200))"),
      cellOn(null, "3"),
    ])
    const status = async (id: string) => (await kernel.finished(id)).reply.content.status
    expect(await Promise.all(mine.map(status))).toEqual(["error", "aborted", "aborted"])
    expect(await Promise.all(others.map(status))).toEqual(["ok", "ok"])
    expect(await status(await cellOn(subshell, "4"))).toBe("ok")
  })

  it("abort what waits when they are deleted, and let what runs come to its end", async () => {
    const running = await cellOn(subshell, waits("d", "'to the end'"))
    const waiting = await cellOn(subshell, "seen.late = 1")
    await untilWaits(running)
    expect(await remove(subshell)).toEqual({ status: "ok" })
    expect(await list()).toEqual({ status: "ok", subshell_id: [] })
    await open("d")
    expect(resultText(await kernel.finished(running))).toBe("'to the end'")
    expect((await kernel.finished(waiting)).reply.content.status).toBe("aborted")
  })

  it("are stopped by an interrupt, all of them", async () => {
    const main = await cellOn(null, waits("e"))
    const behind = await cellOn(null, "seen.late = 1")
    await untilWaits(main)
    const beside = await cellOn(subshell, 'console.log("waits"); await 0; for (;;) await 0')
    await untilWaits(beside)
    expect((await kernel.request("control", "interrupt_request", {})).content).toEqual({ status: "ok" })
    for (const id of [main, beside])
      expect((await kernel.finished(id)).reply.content).toMatchObject({
        status: "error",
        ename: "Interrupted",
      })
    expect((await kernel.finished(behind)).reply.content.status).toBe("aborted")
  })

  it("count on where the other shells are", async () => {
    const before = (await kernel.execute("1")).reply.content.execution_count as number
    const main = await cellOn(null, waits("f"))
    await untilWaits(main)
    const beside = await kernel.finished(await cellOn(subshell, "gates.f!(); 1"))
    expect(beside.reply.content.execution_count).toBe(before + 2)
    expect((await kernel.finished(main)).reply.content.execution_count).toBe(before + 1)
  })
})
