import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Dict } from "../../src/kernel/dict.js"
import { MessageFactory } from "../../src/kernel/messages.js"
import { chooseTransport } from "../../src/kernel/transport/choose-transport.js"
import type { Dealer, Receiver, Subscriber, Transport } from "../../src/kernel/transport/transport.js"
import { decode, encode, type Header, type WireMessage } from "../../src/kernel/wire.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const entry = join(root, "dist", "kernel", "main.js")
/** The Node that kernels run on: this one, unless on-node.mjs tries another. */
const node = process.env.PRELAB_TEST_NODE ?? process.execPath
const fixture = join(root, "test", "kernel", "fixtures", "helpers")

export interface StartOptions {
  /** What runs the kernel, in front of the connection file; the bare kernel by default. */
  program?: string[]
  /** Arguments behind the connection file. */
  args?: string[]
  /** On top of this process's. */
  env?: Record<string, string>
  /** The notebook's folder; an empty temporary one by default. */
  cwd?: string
  /** In a session of its own, as Jupyter starts kernels. */
  detached?: boolean
  connection?: Dict
  /** The client's own side of the channels; what PRELAB_TRANSPORT says by default. */
  transport?: Transport
}

export interface Execution {
  id: string
  reply: WireMessage
  /** All iopub messages of the cell, status included, in their order. */
  messages: WireMessage[]
  /** Without status and execute_input. */
  outputs: WireMessage[]
}

type Requests = "shell" | "control"

/** How long anything may take before the test has failed; no test measures time. */
const patienceMs = 30_000

/** The arguments that give a kernel the fixture package as its helpers. */
export const withHelpers = ["prelab", join(fixture, "lib", "index.js"), fixture]

/** The kernel as the `prelab` command starts it, with the whole library in scope. */
export const withLibrary = [join(root, "dist", "cli.js"), "kernel"]

/** The same module, with the types of another one. */
export const withBrokenTypes = [
  ...withHelpers.slice(0, 2),
  join(root, "test", "kernel", "fixtures", "broken"),
]

/** A client as simple as the protocol allows, over real sockets, to a kernel in its own process. */
export class KernelClient {
  readonly factory = new MessageFactory()
  readonly iopubMessages: WireMessage[] = []
  readonly stdinMessages: WireMessage[] = []
  readonly replies = new Map<string, WireMessage>()
  stderr = ""
  readonly exited: Promise<number | null>
  #changed = new Set<() => void>()

  private constructor(
    readonly process: ChildProcess,
    readonly folder: string,
    readonly key: string,
    readonly sockets: { shell: Dealer; control: Dealer; stdin: Dealer; iopub: Subscriber; hb: Dealer },
  ) {
    process.stderr!.setEncoding("utf8").on("data", (text) => {
      this.stderr += text
      this.#wake()
    })
    this.exited = new Promise((resolve) => process.once("exit", (code) => resolve(code)))
    void this.#collect(sockets.shell, (message) => this.#keepReply(message))
    void this.#collect(sockets.control, (message) => this.#keepReply(message))
    void this.#collect(sockets.stdin, (message) => this.stdinMessages.push(message))
    void this.#collect(sockets.iopub, (message) => this.iopubMessages.push(message))
  }

  /** Starts a kernel and waits until it answers and this client's subscription has arrived. */
  static async start(options: StartOptions = {}): Promise<KernelClient> {
    const { folder, connection, child, env } = await launch(options)
    const routingId = `client-${process.pid}-${connection.shell_port}`
    const transport = options.transport ?? chooseTransport(console.error, env.PRELAB_TRANSPORT).transport
    const dealer = (port: number) => transport.connectDealer(`tcp://127.0.0.1:${port}`, { routingId })
    const sockets = {
      shell: dealer(connection.shell_port!),
      control: dealer(connection.control_port!),
      stdin: dealer(connection.stdin_port!),
      iopub: transport.connectSubscriber(`tcp://127.0.0.1:${connection.iopub_port}`),
      hb: dealer(connection.hb_port!),
    }
    const client = new KernelClient(child, folder, connection.key, sockets)
    await client.until(() => client.iopubMessages.some((m) => m.header.msg_type === "iopub_welcome"))
    await client.request("shell", "kernel_info_request", {})
    return client
  }

  /** Starts a kernel that cannot be started: what it says, and with which status it ends. */
  static async fail(options: StartOptions): Promise<{ exited: number | null; stderr: string }> {
    const { folder, child } = await launch(options)
    let stderr = ""
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      stderr += text
    })
    const exited = await new Promise<number | null>((resolve) => child.once("close", resolve))
    rmSync(folder, { recursive: true })
    return { exited, stderr }
  }

  /** Sends a request and waits for its reply. */
  async request(channel: Requests, type: string, content: object): Promise<WireMessage> {
    return this.replyTo(await this.send(channel, type, content))
  }

  /** Sends a message; gives its msg_id. */
  async send(
    channel: Requests | "stdin",
    type: string,
    content: object,
    more: { buffers?: Uint8Array[]; metadata?: Dict; parent?: Header } = {},
  ): Promise<string> {
    const message = this.factory.make(type, content, more)
    await this.sockets[channel].send(encode(message, { key: this.key, scheme: "hmac-sha256" }))
    return message.header.msg_id
  }

  /** Sends a heartbeat and waits until it comes back. */
  async beat(text: string): Promise<string> {
    // An empty frame in front, as REQ has it.
    await this.sockets.hb.send([Buffer.alloc(0), Buffer.from(text)])
    const answer = await this.sockets.hb[Symbol.asyncIterator]().next()
    return Buffer.concat(answer.value ?? []).toString()
  }

  async replyTo(id: string): Promise<WireMessage> {
    return this.until(() => this.replies.get(id))
  }

  /** Runs a cell and waits for its reply and its idle. */
  async execute(code: string, more: Dict = {}): Promise<Execution> {
    return this.finished(await this.sendCell(code, more))
  }

  sendCell(code: string, more: Dict = {}): Promise<string> {
    return this.send("shell", "execute_request", {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
      ...more,
    })
  }

  /** Waits for the reply and the idle of an earlier request. */
  async finished(id: string): Promise<Execution> {
    const reply = await this.replyTo(id)
    await this.until(() => this.of(id).some((m) => m.content.execution_state === "idle"))
    const messages = this.of(id)
    const outputs = messages.filter((m) => !["status", "execute_input"].includes(m.header.msg_type))
    return { id, reply, messages, outputs }
  }

  /** Waits until the kernel has said it on stderr: a pipe of its own, which may lag behind the sockets. */
  async says(words: string | RegExp): Promise<void> {
    await this.until(() =>
      typeof words === "string" ? this.stderr.includes(words) : words.test(this.stderr),
    )
  }

  /** The iopub messages that belong to a request, so far. */
  of(id: string): WireMessage[] {
    return this.iopubMessages.filter((m) => m.parentHeader.msg_id === id)
  }

  /** Waits until the condition gives something, looking whenever anything arrives. */
  async until<T>(condition: () => T | undefined | false): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const vain = () => reject(new Error(`waited in vain for ${condition}; kernel said: ${this.stderr}`))
      timer = setTimeout(vain, patienceMs)
    })
    try {
      for (;;) {
        const found = condition()
        if (found) return found
        let wake = () => {}
        const change = new Promise<void>((resolve) => {
          wake = resolve
          this.#changed.add(wake)
        })
        await Promise.race([change, late])
        this.#changed.delete(wake)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the kernel and gives its exit status. */
  async close(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null)
      await this.send("control", "shutdown_request", { restart: false })
    const code = await this.exited
    await Promise.all(Object.values(this.sockets).map((socket) => socket.close()))
    rmSync(this.folder, { recursive: true, force: true })
    return code
  }

  #keepReply(message: WireMessage): void {
    this.replies.set(String(message.parentHeader.msg_id), message)
  }

  async #collect(socket: Receiver, keep: (message: WireMessage) => void): Promise<void> {
    for await (const frames of socket) {
      keep(decode(frames, { key: this.key, scheme: "hmac-sha256" }))
      this.#wake()
    }
  }

  #wake(): void {
    for (const wake of this.#changed) wake()
  }
}

/** The text that a cell printed on a stream. */
export function printed({ outputs }: Execution, name = "stdout"): string {
  return outputs
    .filter((m) => m.header.msg_type === "stream" && m.content.name === name)
    .map((m) => m.content.text)
    .join("")
}

/** Runs cells one after the other; all but the last have to succeed. Gives the last one. */
export async function runCells(kernel: KernelClient, ...cells: string[]): Promise<Execution> {
  for (const code of cells.slice(0, -1)) {
    const { content } = (await kernel.execute(code)).reply
    if (content.status !== "ok") throw new Error(`a cell failed: ${content.evalue}\n${code}`)
  }
  return kernel.execute(cells.at(-1)!)
}

/** What the last of these cells shows, or the message of its error. */
export async function lastShown(kernel: KernelClient, ...cells: string[]): Promise<unknown> {
  const last = await runCells(kernel, ...cells)
  return resultText(last) ?? last.reply.content.evalue
}

/** The text of a cell's result. */
export function resultText({ outputs }: Execution): string | undefined {
  const result = outputs.find((m) => m.header.msg_type === "execute_result")
  return (result?.content.data as Dict | undefined)?.["text/plain"] as string | undefined
}

/** A kernel's process, in a folder of its own. */
async function launch(options: StartOptions) {
  if (!existsSync(entry)) throw new Error("build first: npm run build")
  const folder = mkdtempSync(join(tmpdir(), "prelab-kernel-"))
  const cwd = options.cwd ?? join(folder, "notebook")
  mkdirSync(cwd, { recursive: true })
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5)
  const connection = {
    ...{ transport: "tcp", ip: "127.0.0.1", key: "a test's key", signature_scheme: "hmac-sha256" },
    ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
    ...options.connection,
  }
  const file = join(folder, "connection.json")
  writeFileSync(file, JSON.stringify(connection))
  const own = { JPY_PARENT_PID: "", JUPYTER_DATA_DIR: join(folder, "data") }
  const env: NodeJS.ProcessEnv = { ...process.env, ...own, ...options.env }
  const child = spawn(node, [...(options.program ?? [entry]), file, ...(options.args ?? [])], {
    cwd,
    env,
    stdio: "pipe",
    detached: options.detached ?? false,
  })
  return { folder, connection, child, env }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
