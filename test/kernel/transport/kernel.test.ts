import { once } from "node:events"
import { type AddressInfo, createConnection, createServer } from "node:net"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { curveKeyPair } from "zeromq"
import { chooseTransport } from "../../../src/kernel/transport/choose-transport.js"
import { KernelClient, printed, resultText, type StartOptions } from "../client.js"
import { PyzmqTransport } from "./pyzmq-transport.js"

const breaker = fileURLToPath(new URL("broken-addon.cjs", import.meta.url))
const transport = (name: string) => chooseTransport(() => {}, name).transport
const pyzmq = new PyzmqTransport()

// What the protocol's own tests check with one transport, in short with the others: whole kernels and clients.
const combinations: [string, StartOptions][] = [
  ["a zmtp kernel and a zmtp client", { env: { PRELAB_TRANSPORT: "zmtp" } }],
  [
    "a zmtp kernel and a zeromq client",
    { env: { PRELAB_TRANSPORT: "zmtp" }, transport: transport("zeromq") },
  ],
  ["a zmtp kernel and a pyzmq client", { env: { PRELAB_TRANSPORT: "zmtp" }, transport: pyzmq }],
  [
    "a zeromq kernel and a zmtp client",
    { env: { PRELAB_TRANSPORT: "zeromq" }, transport: transport("zmtp") },
  ],
  [
    "a kernel whose addon does not load and a zeromq client",
    { env: { NODE_OPTIONS: `--require ${breaker}` }, transport: transport("zeromq") },
  ],
]

describe.each(combinations)("%s", (_, options) => {
  it("run cells, show, ask, beat and stop", async () => {
    // The client's start has already waited for iopub_welcome and kernel_info.
    const kernel = await KernelClient.start(options)
    expect(kernel.iopubMessages[0]!.content).toEqual({ subscription: "" })
    expect(await kernel.beat("ping")).toBe("ping")

    const lines = 'for (let i = 0; i < 2000; i++) console.log("line", i); 6 * 7'
    const many = await kernel.execute(lines)
    expect(printed(many).trimEnd().split("\n").at(-1)).toBe("line 1999")
    expect(printed(many).trimEnd().split("\n")).toHaveLength(2000)
    expect(resultText(many)).toBe("42")

    const shown = await kernel.execute('display({ "text/plain": "x".repeat(20_000_000) }, { raw: true })')
    expect(shown.outputs[0]!.content.data).toEqual({ "text/plain": "x".repeat(20_000_000) })

    const asking = await kernel.sendCell('(await input("name? ")).toUpperCase()', { allow_stdin: true })
    await kernel.until(() => kernel.stdinMessages.find((m) => m.parentHeader.msg_id === asking))
    await kernel.send("stdin", "input_reply", { status: "ok", value: "ada" })
    expect(resultText(await kernel.finished(asking))).toBe("'ADA'")

    const endless = await kernel.sendCell("for (;;) Math.random()")
    await kernel.until(() => kernel.of(endless).some((m) => m.header.msg_type === "execute_input"))
    await kernel.request("control", "interrupt_request", {})
    expect((await kernel.finished(endless)).reply.content.status).toBe("error")
    expect(await kernel.close()).toBe(0)
  })
})

describe("a kernel with zmtp", () => {
  it("outlives whoever speaks something else, and says so", async () => {
    const kernel = await KernelClient.start({ env: { PRELAB_TRANSPORT: "zmtp" } })
    const { content } = await kernel.request("shell", "connect_request", {})
    for (const name of ["shell", "control", "stdin", "iopub", "hb"]) {
      const socket = createConnection(content[`${name}_port`] as number, "127.0.0.1")
      socket.write("GET / HTTP/1.1\r\n\r\n")
      await once(socket.resume(), "close")
    }
    await kernel.until(() => kernel.stderr.match(/not a ZMTP peer/g)?.length === 5)
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2")
    await kernel.close()
  })
})

describe("a transport that nobody knows", () => {
  it("ends a kernel with one line and status 2", async () => {
    const env = { PRELAB_TRANSPORT: "pigeon" }
    const { exited, stderr } = await KernelClient.fail({ env })
    expect([exited, stderr]).toEqual([
      2,
      "prelab kernel: unknown transport: pigeon; PRELAB_TRANSPORT is zeromq or zmtp\n",
    ])
  })
})

describe("a port that is taken", () => {
  it.each(["zeromq", "zmtp"])("ends a kernel with one line that names it, with %s", async (name) => {
    const taken = createServer().listen(0, "127.0.0.1")
    await once(taken, "listening")
    const { port } = taken.address() as AddressInfo
    const env = { PRELAB_TRANSPORT: name }
    const { exited, stderr } = await KernelClient.fail({ connection: { stdin_port: port }, env })
    taken.close()
    expect(exited).toBe(2)
    expect(stderr).toMatch(
      new RegExp(`^prelab kernel: cannot listen: tcp://127.0.0.1:${port}: .*in use.*\n$`),
    )
  })
})

describe("a connection file with CurveZMQ keys", () => {
  const { publicKey: curve_publickey, secretKey: curve_secretkey } = curveKeyPair()
  const connection = { curve_publickey, curve_secretkey }
  // Jupyter's clients use the kernel's own pair of keys.
  const keys = { ...connection, curve_serverkey: curve_publickey }

  it("lets in who knows the public key, and nobody who talks in the clear", async () => {
    const kernel = await KernelClient.start({ connection, transport: new PyzmqTransport(keys) })
    expect(resultText(await kernel.execute("6 * 7"))).toBe("42")
    expect(await kernel.beat("ping")).toBe("ping")
    const { content } = await kernel.request("shell", "connect_request", {})
    const refused: string[] = []
    const plain = chooseTransport((line) => refused.push(line), "zmtp").transport
    const iopub = plain.connectSubscriber(`tcp://127.0.0.1:${content.iopub_port}`)
    const shell = plain.connectDealer(`tcp://127.0.0.1:${content.shell_port}`)
    void shell.send([Buffer.from("let me in")])
    const heard: unknown[] = []
    const listening = (async () => {
      for await (const frames of iopub) heard.push(frames)
    })()
    for (let i = 0; refused.length < 2; i++) await kernel.execute(`${i}`)
    expect(refused).toEqual([
      expect.stringContaining("the peer ended the handshake"),
      expect.stringContaining("the peer ended the handshake"),
    ])
    await Promise.all([iopub.close(), shell.close(), listening])
    expect(heard).toEqual([])
    expect(kernel.stderr).toBe("")
    await kernel.close()
  })

  it("is refused by a kernel that cannot encrypt, and so is half a pair", async () => {
    const env = { PRELAB_TRANSPORT: "zmtp" }
    expect(await KernelClient.fail({ connection, env })).toEqual({
      exited: 2,
      stderr: "prelab kernel: zmtp transport cannot encrypt: curve; zeromq can, where it loads\n",
    })
    const { stderr } = await KernelClient.fail({ connection: { curve_publickey } })
    expect(stderr).toContain("invalid curve_secretkey: not 40 characters of Z85")
  })
})
