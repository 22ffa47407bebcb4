import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { KernelClient, resultText } from "./client.js"

const entry = fileURLToPath(new URL("../../dist/kernel/main.js", import.meta.url))

describe("the kernel's process", () => {
  it("replies to shutdown and ends by itself", async () => {
    const kernel = await KernelClient.start()
    await kernel.execute("1")
    const { content } = await kernel.request("control", "shutdown_request", { restart: true })
    expect(content).toEqual({ status: "ok", restart: true })
    expect(await kernel.exited).toBe(0)
    await kernel.close()
  })

  it("ends on shutdown after an interrupt, also while a cell computes", async () => {
    const kernel = await KernelClient.start()
    const id = await kernel.sendCell(
      "console.log('begun'); await 0; [1].forEach(() => { for (;;) Math.random() })",
    )
    await kernel.until(() => kernel.of(id).some((m) => m.content.text === "begun\n"))
    await kernel.request("control", "interrupt_request", {})
    await kernel.finished(id)
    await kernel.sendCell("/(a+)+$/.test('a'.repeat(60) + '!')")
    const reply = await kernel.request("control", "shutdown_request", { restart: false })
    expect(reply.content.status).toBe("ok")
    await kernel.exited
    await kernel.close()
  })

  it("replies to shutdown while a cell computes, then ends by itself", async () => {
    const kernel = await KernelClient.start()
    const id = await kernel.sendCell("console.log('begun'); for (;;) {}")
    await kernel.until(() => kernel.of(id).some((m) => m.content.text === "begun\n"))
    const { content } = await kernel.request("control", "shutdown_request", { restart: false })
    expect(content).toEqual({ status: "ok", restart: false })
    expect(await kernel.exited).toBe(0)
    await kernel.close()
  })

  it.runIf(process.platform === "linux")("takes the commands of its cells with it", async () => {
    const kernel = await KernelClient.start()
    const cell = await kernel.execute(
      "import { spawn } from 'node:child_process'\nconst child = spawn('sleep', ['1000']); child.pid",
    )
    const pid = Number(resultText(cell))
    process.kill(pid, 0)
    await kernel.close()
    for (let turns = 0; isAlive(pid) && turns < 500; turns++)
      await new Promise((done) => setTimeout(done, 10))
    expect(isAlive(pid)).toBe(false)
  })

  it("drops a cell that is stopped before the kernel could begin it", async () => {
    const kernel = await KernelClient.start()
    const id = await kernel.sendCell("await new Promise(() => {})")
    await kernel.until(() => kernel.of(id).some((m) => m.header.msg_type === "execute_input"))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(id)).reply.content.ename).toBe("Interrupted")
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
    await kernel.close()
  })

  it("ends when the server that started it is gone", async () => {
    const server = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
    const kernel = await KernelClient.start({ env: { JPY_PARENT_PID: String(server.pid) } })
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
    server.kill()
    expect(await kernel.exited).toBe(0)
    await kernel.close()
  })

  it("keeps history for the next session", async () => {
    const data = mkdtempSync(join(tmpdir(), "prelab-history-"))
    const env = { JUPYTER_DATA_DIR: data }
    const first = await KernelClient.start({ env })
    await first.execute("'from before'")
    await first.close()
    const second = await KernelClient.start({ env })
    const request = { hist_access_type: "tail", n: 5, output: false, raw: true }
    const { content } = await second.request("shell", "history_request", request)
    expect((content.history as unknown[][]).map((row) => row[2])).toEqual(["'from before'"])
    await second.close()
    rmSync(data, { recursive: true })
  })

  it("takes any free ports where the connection file says 0, and writes them down for this user alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "prelab-connection-"))
    const file = join(folder, "connection.json")
    const ports = { shell_port: 0, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 }
    const asked = { transport: "tcp", ip: "127.0.0.1", key: "k", signature_scheme: "hmac-sha256", ...ports }
    writeFileSync(file, JSON.stringify(asked), { mode: 0o600 })
    const kernel = spawn(process.execPath, [entry, file], { cwd: folder, stdio: "ignore" })
    const written = () => JSON.parse(readFileSync(file, "utf8")) as typeof asked
    while (written().hb_port === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const chosen = written()
    expect(chosen).toMatchObject({ key: "k", signature_scheme: "hmac-sha256" })
    const names = Object.keys(ports) as (keyof typeof ports)[]
    expect(new Set(names.map((name) => chosen[name])).size).toBe(5)
    for (const name of names) {
      const socket = connect(chosen[name], "127.0.0.1")
      await once(socket, "connect")
      socket.destroy()
    }
    expect(statSync(file).mode & 0o777).toBe(0o600)
    kernel.kill("SIGKILL")
    await once(kernel, "exit")
    rmSync(folder, { recursive: true })
  })

  const unusable = {
    "an address that others can reach": [
      { transport: "tcp", ip: "0.0.0.0" },
      "address is not loopback: 0.0.0.0",
    ],
    "another transport": [{ transport: "udp", ip: "127.0.0.1" }, "unsupported transport: udp"],
    "a missing port": [{ transport: "tcp", ip: "127.0.0.1" }, "invalid shell_port: undefined"],
  } as const
  for (const [name, [connection, message]] of Object.entries(unusable))
    it(`refuses ${name} in one line`, () => {
      const folder = mkdtempSync(join(tmpdir(), "prelab-connection-"))
      const file = join(folder, "connection.json")
      writeFileSync(file, JSON.stringify(connection))
      const { status, stderr } = spawnSync(process.execPath, [entry, file], { encoding: "utf8" })
      expect([status, stderr]).toEqual([2, `prelab: ${message} (${file})\n`])
      rmSync(folder, { recursive: true })
    })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
