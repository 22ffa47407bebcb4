import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Dealer } from "zeromq"
import { bindVariable, type Connection, checkConnection } from "../../../src/kernel/connection.js"
import { MessageFactory } from "../../../src/kernel/messages.js"
import { decode, encode, type WireMessage } from "../../../src/kernel/wire.js"
import { FakeGateway, type Launched } from "./fake-gateway.js"

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url))

let gateway: FakeGateway
let launcher: ChildProcess | undefined
beforeEach(async () => {
  gateway = await FakeGateway.start()
})
afterEach(async () => {
  if (launcher?.exitCode === null && launcher.kill("SIGTERM")) await ended(launcher)
  launcher = undefined
  gateway.close()
  vi.unstubAllEnvs()
})

/** Starts a launcher with the gateway's arguments in their longer form and waits for its answer. */
async function launch(more: string[] = [], id = "a-1", prefix = "--RemoteProcessProxy."): Promise<Launched> {
  const { responseAddress, publicKey } = gateway
  const args = [
    ...[`${prefix}kernel-id`, id, `${prefix}response-address`, responseAddress],
    ...[`${prefix}public-key`, publicKey],
  ]
  launcher = spawn(process.execPath, [cli, "kernel-launcher", ...args, ...more], { stdio: "inherit" })
  return gateway.launched(id)
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode)
    child.once("exit", (code) => resolve(code))
  })

/** Asks the launched kernel something by its own socket. */
async function ask(kernel: Launched, channel: "shell" | "control", type: string, content = {}) {
  const signing = { key: kernel.key, scheme: kernel.signature_scheme }
  const socket = new Dealer({ linger: 0 })
  socket.connect(`tcp://${kernel.ip}:${kernel[`${channel}_port`]}`)
  const send = (message: WireMessage) => socket.send(encode(message, signing))
  await send(new MessageFactory().make(type, content))
  const reply = decode(await socket.receive(), signing)
  socket.close()
  return reply.content
}

const cell = (code: string) => ({ code, silent: false, store_history: true, stop_on_error: true })

describe("a launched kernel", () => {
  it("is told to the gateway encrypted, answers, and ends with its launcher when it is shut down", async () => {
    const kernel = await launch()
    expect(kernel).toMatchObject({ transport: "tcp", ip: "127.0.0.1", kernel_id: "a-1", pid: launcher!.pid })
    expect(kernel.key).toMatch(/^[0-9a-f-]{36}$/)
    expect(await ask(kernel, "shell", "kernel_info_request")).toMatchObject({ implementation: "prelab" })
    expect(await ask(kernel, "shell", "execute_request", cell("6 * 7"))).toMatchObject({ status: "ok" })
    // As the gateway does it: by the kernel's own socket first, then to the launcher.
    await ask(kernel, "control", "shutdown_request", { restart: false })
    await gateway.send(kernel, '{"shutdown": 1}')
    expect(await ended(launcher!)).toBe(0)
  })

  it("has all its ports in the range, each another one", async () => {
    const low = 40_000 + Math.floor(Math.random() * 15_000)
    const kernel = await launch([`--port-range=${low}..${low + 1000}`], "a-2", "--")
    const { shell_port, iopub_port, stdin_port, control_port, hb_port, comm_port } = kernel
    const ports = [shell_port, iopub_port, stdin_port, control_port, hb_port, comm_port]
    expect(new Set(ports).size).toBe(6)
    expect(ports.filter((port) => port < low || port > low + 1000)).toEqual([])
  })

  it("survives polls and the gateway's interrupt while a cell computes", async () => {
    const kernel = await launch()
    await ask(kernel, "shell", "kernel_info_request")
    const running = ask(kernel, "shell", "execute_request", cell("for (;;) {}"))
    await gateway.send(kernel, '{"signum": 0}')
    // The interrupt is for the cell, which may not have begun yet.
    let over = false
    void running.finally(() => {
      over = true
    })
    while (!over) {
      await gateway.send(kernel, '{"signum": 2}')
      await ask(kernel, "control", "interrupt_request")
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(await running).toMatchObject({ status: "error" })
    expect(await ask(kernel, "shell", "execute_request", cell("1 + 1"))).toMatchObject({ status: "ok" })
  })

  it("is ended by the gateway's SIGKILL, and its launcher with that status", async () => {
    const kernel = await launch()
    await ask(kernel, "shell", "kernel_info_request")
    await gateway.send(kernel, "nonsense")
    await gateway.send(kernel, `{"signum": 2${" ".repeat(5000)}}`).catch(() => {})
    await gateway.send(kernel, "")
    await gateway.send(kernel, '{"signum": 9}')
    expect(await ended(launcher!)).toBe(128 + 9)
  })

  it("reads what the gateway tells its containers by their environment", async () => {
    const { responseAddress, publicKey } = gateway
    const env = { KERNEL_ID: "a-3", EG_RESPONSE_ADDRESS: responseAddress, PUBLIC_KEY: publicKey }
    launcher = spawn(process.execPath, [cli, "kernel-launcher"], { env: { ...process.env, ...env } })
    expect((await gateway.launched("a-3")).kernel_id).toBe("a-3")
  })
})

describe("the address of a launched kernel", () => {
  it("is the one that the launcher was given", async () => {
    const kernel = await launch(["--bind", "127.0.0.2"])
    expect(kernel.ip).toBe("127.0.0.2")
    expect(await ask(kernel, "shell", "kernel_info_request")).toMatchObject({ status: "ok" })
  })

  it("may be one that other machines reach only where that was asked for, and only with a key", () => {
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 }
    const key = { key: "secret", signature_scheme: "hmac-sha256" }
    const remote: Connection = { transport: "tcp", ip: "0.0.0.0", ...ports, ...key }
    expect(() => checkConnection(remote)).toThrow("address is not loopback: 0.0.0.0")
    vi.stubEnv(bindVariable, "0.0.0.0")
    expect(checkConnection(remote)).toBe(remote)
    expect(() => checkConnection({ ...remote, key: "" })).toThrow(
      "no key for an address that others reach: 0.0.0.0",
    )
    expect(() => checkConnection({ ...remote, ip: "10.0.0.1" })).toThrow("address is not loopback: 10.0.0.1")
  })
})

describe("wrong arguments", () => {
  const refusal = (...args: string[]) => {
    const { status, stderr } = spawnSync(process.execPath, [cli, "kernel-launcher", ...args], {
      encoding: "utf8",
    })
    expect(status).toBe(2)
    return stderr
  }
  const id = ["--kernel-id", "x"]
  const key = ["--public-key", "bm90IGEga2V5"]

  it("are answered in one line with what is missing or wrong", async () => {
    expect(refusal()).toBe("prelab: argument missing: --kernel-id\n")
    expect(refusal(...id)).toBe("prelab: argument missing: --response-address\n")
    const address = ["--response-address", gateway.responseAddress]
    expect(refusal(...id, ...address)).toBe("prelab: argument missing: --public-key\n")
    expect(refusal(...id, ...address, ...key)).toBe("prelab: not an RSA public key: bm90IGEga2V5\n")
    expect(refusal(...id, "--response-address", "nowhere", ...key)).toBe(
      "prelab: response address must be IP:PORT: nowhere\n",
    )
    const range = (text: string) => refusal(...id, ...address, ...key, "--port-range", text)
    expect(range("5000")).toBe("prelab: port range must be LOW..HIGH: 5000\n")
    expect(range("5000..5003")).toBe("prelab: port range needs 6 ports: 5000..5003\n")
  })

  it("a gateway that does not answer ends the launcher and its kernel", () => {
    const { publicKey } = gateway
    const args = [...id, "--response-address", "127.0.0.1:1", "--public-key", publicKey]
    expect(refusal(...args)).toBe("prelab: gateway does not answer: 127.0.0.1:1\n")
  })
})
