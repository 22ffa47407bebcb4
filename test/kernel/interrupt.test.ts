import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { KernelClient, resultText } from "./client.js"

let kernel: KernelClient
beforeAll(async () => {
  kernel = await KernelClient.start()
  await kernel.execute("let state = 41; let turns = 0")
})
afterAll(async () => {
  await kernel.close()
})

function hasBegun(id: string): boolean {
  return kernel.of(id).some((m) => String(m.content.text).startsWith("begun\n"))
}

/** Starts a cell that says when it runs, then interrupts it. */
async function interrupted(code: string) {
  const id = await kernel.sendCell(`console.log("begun"); ${code}`)
  await kernel.until(() => hasBegun(id))
  const { content } = await kernel.request("control", "interrupt_request", {})
  expect(content).toEqual({ status: "ok" })
  return kernel.finished(id)
}

describe("interrupt", () => {
  const cells = {
    "an empty loop": "while (true) {}",
    "a loop after an await": "await 0; for (;;) turns++",
    "a loop in a nested async function": "await (async () => { await 0; do turns++; while (true) })()",
    "a regular expression that never ends": `/(a+)+$/.test("${"a".repeat(60)}!")`,
    "a flood of output": "for (;;) console.log('x'.repeat(1000))",
    "a pending await": "await new Promise(() => {})",
    "a timer that is waited for": "await new Promise((r) => setTimeout(r, 1e6))",
    "a command that it waits for": "(await import('node:child_process')).execSync('sleep 1000')",
    // Python's subprocess, and so ipykernel, ends such commands too.
    "a command that does not care":
      "(await import('node:child_process')).spawnSync('sh', ['-c', 'trap \"\" INT TERM; while true; do sleep 0.1; done'])",
    "a command that runs beside it":
      "await (await import('node:util')).promisify((await import('node:child_process')).exec)('sleep 1000')",
    "waiting for shared memory": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  }
  for (const [name, code] of Object.entries(cells))
    it(`stops ${name} and keeps the state`, async () => {
      const { reply, outputs } = await interrupted(code)
      expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" })
      expect(outputs.filter((m) => m.header.msg_type === "error")).toHaveLength(1)
      expect(resultText(await kernel.execute("state + 1"))).toBe("42")
    })

  // execSync returns when nobody can write to its pipe any more: a shell's background job holds it open.
  it("stops a command whose own children outlive it, where the kernel leads its process group", async () => {
    const own = await KernelClient.start({ detached: true })
    const id = await own.sendCell(
      "console.log('begun'); require('node:child_process').execSync('trap \"exit 3\" INT; sleep 1000 & wait')",
    )
    await own.until(() => own.of(id).some((m) => String(m.content.text).startsWith("begun\n")))
    await own.request("control", "interrupt_request", {})
    expect((await own.finished(id)).reply.content.ename).toBe("Interrupted")
    await own.close()
  })

  it("aborts the cells behind", async () => {
    const id = await kernel.sendCell("console.log('begun'); while (true) {}")
    const behind = await kernel.sendCell("state = 0")
    await kernel.until(() => hasBegun(id))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(behind)).reply.content.status).toBe("aborted")
    expect(resultText(await kernel.execute("state"))).toBe("41")
  })

  it("aborts the cells behind also where an error would not", async () => {
    const id = await kernel.sendCell("console.log('begun'); await new Promise(() => {})", {
      stop_on_error: false,
    })
    const behind = await kernel.sendCell("state = 0")
    await kernel.until(() => hasBegun(id))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.status).toBe("error")
    expect((await kernel.finished(behind)).reply.content.status).toBe("aborted")
    expect(resultText(await kernel.execute("state"))).toBe("41")
  })

  it("by SIGINT stops code that computes and code that waits", async () => {
    const inTimer = "await new Promise(() => setTimeout(() => { for (;;) turns++ }))"
    for (const code of ["for (;;) turns++", "await new Promise(() => {})", inTimer]) {
      const id = await kernel.sendCell(`console.log("begun"); ${code}`)
      await kernel.until(() => hasBegun(id))
      kernel.process.kill("SIGINT")
      expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
      expect(resultText(await kernel.execute("state"))).toBe("41")
      // A signal soon after the kernel's own counts as one of those.
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  })

  it("of an idle kernel does nothing, not even to the next cell", async () => {
    for (let i = 0; i < 5; i++) await kernel.request("control", "interrupt_request", {})
    const cell = await kernel.execute(
      "for (let i = 0; i < 10; i++) await new Promise((r) => setTimeout(r, 5)); state",
    )
    expect(resultText(cell)).toBe("41")
  })

  it("leaves SIGINT to an idle kernel without effect", async () => {
    kernel.process.kill("SIGINT")
    // It has to arrive while the kernel is idle.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(resultText(await kernel.execute("state"))).toBe("41")
  })

  it("ends a question to the reader", async () => {
    const id = await kernel.sendCell("await input('?')", { allow_stdin: true })
    await kernel.until(() => kernel.stdinMessages.find((m) => m.parentHeader.msg_id === id))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
  })
})

describe("while a cell computes", () => {
  it("heartbeat, control and kernel_info answer", async () => {
    const id = await kernel.sendCell("console.log('begun'); while (true) {}")
    await kernel.until(() => hasBegun(id))
    expect(await kernel.beat("ping")).toBe("ping")
    const info = await kernel.request("control", "kernel_info_request", {})
    expect(info.content.status).toBe("ok")
    const history = await kernel.request("shell", "history_request", { hist_access_type: "tail", n: 1 })
    expect(history.content.status).toBe("ok")
    expect(kernel.replies.get(id)?.content).toBe(undefined)
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
  })

  it("completion and comms are served if it waits", async () => {
    const id = await kernel.sendCell("await new Promise((r) => setTimeout(r, 1e6))")
    const { content } = await kernel.request("shell", "complete_request", {
      code: "JSON.pars",
      cursor_pos: 9,
    })
    expect(content.matches).toEqual(["parse"])
    expect(kernel.replies.get(id)?.content).toBe(undefined)
    await kernel.request("control", "interrupt_request", {})
    await kernel.finished(id)
  })
})
