import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { PrelabError } from "../error.js"
import { addressOf, type Connection } from "../kernel/connection.js"
import { MessageFactory } from "../kernel/messages.js"
import { chooseTransport } from "../kernel/transport/choose-transport.js"
import type { Dealer, Receiver, Subscriber, Transport } from "../kernel/transport/transport.js"
import { decode, encode, type Signing, type WireMessage } from "../kernel/wire.js"
import { freePorts } from "./free-ports.js"
import type { KernelCommand } from "./kernel-argv.js"
import { executeContent, type KernelClient, type KernelMessage } from "./kernel-client.js"
import type { Data } from "./notebook.js"

/** How long a kernel may take until it answers, as long as Jupyter waits. */
const startSeconds = 60
/** How long a kernel may take to end by itself. */
const stopSeconds = 5

/** Starts a kernel of this machine in a folder and waits until it answers. */
export async function startLocalKernel(command: KernelCommand, cwd: string): Promise<KernelClient> {
  const { transport } = chooseTransport()
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = await freePorts(5)
  const connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    ...{ shell_port, iopub_port, stdin_port, control_port, hb_port },
    key: randomUUID(),
    signature_scheme: "hmac-sha256",
  } as Connection
  const folder = await mkdtemp(join(tmpdir(), "prelab-run-"))
  const file = join(folder, "connection.json")
  await writeFile(file, JSON.stringify(connection), { mode: 0o600 })
  const [program, ...args] = command.argv.map((arg) => arg.replaceAll("{connection_file}", file))
  const process_ = spawn(program!, args, {
    cwd,
    // A kernel ends when this process is gone; Ctrl-C in the terminal is for us, who pass it on. No server stands
    // between that would drop output for being too fast.
    env: { ...process.env, PRELAB_PACE: "0", ...command.env, JPY_PARENT_PID: String(process.pid) },
    detached: process.platform !== "win32",
    // Standard output is for the command's own result.
    stdio: ["ignore", 2, 2],
  })
  const kernel = new LocalKernel(process_, connection, transport, command, folder)
  try {
    await kernel.ready()
  } catch (error) {
    await kernel.close()
    throw error
  }
  return kernel
}

class LocalKernel implements KernelClient {
  languageInfo: Data = {}
  onMessage: (message: KernelMessage) => void = () => {}
  readonly died: Promise<string>
  readonly #factory = new MessageFactory()
  readonly #shell: Dealer
  readonly #control: Dealer
  readonly #iopub: Subscriber
  readonly #signing: Signing

  constructor(
    readonly child: ChildProcess,
    connection: Connection,
    transport: Transport,
    readonly command: KernelCommand,
    readonly folder: string,
  ) {
    this.#signing = { key: connection.key, scheme: connection.signature_scheme }
    this.#shell = transport.connectDealer(addressOf(connection, "shell"))
    this.#control = transport.connectDealer(addressOf(connection, "control"))
    this.#iopub = transport.connectSubscriber(addressOf(connection, "iopub"))
    this.died = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message))
      child.once("exit", (code, signal) =>
        resolve(signal ? `ended by ${signal}` : `ended with status ${code}`),
      )
    })
    void this.#listen("shell", this.#shell)
    void this.#listen("iopub", this.#iopub)
  }

  /** A kernel is ready when it answers and its outputs reach us: a subscription takes its own time. */
  async ready(): Promise<void> {
    const answered = new Promise<void>((resolve) => {
      let heard = false
      let info: Data | undefined
      this.onMessage = ({ channel, type, content }) => {
        if (channel === "iopub") heard = true
        if (type === "kernel_info_reply") info = content
        if (!info || !heard) return
        this.languageInfo = info.language_info as Data
        resolve()
      }
    })
    const asking = setInterval(() => this.#send("kernel_info_request", {}), 250)
    const given = new AbortController()
    const late = sleep(startSeconds * 1000, undefined, given)
    try {
      await Promise.race([
        answered,
        this.died.then((reason) => {
          throw new PrelabError("kernel did not start", reason)
        }),
        late.then(() => {
          throw new PrelabError("kernel did not answer", `${startSeconds} s`)
        }),
      ])
    } finally {
      clearInterval(asking)
      late.catch(() => {}) // aborted, as wanted
      given.abort()
      this.onMessage = () => {}
    }
  }

  execute(code: string, cellId: string): string {
    return this.#send("execute_request", executeContent(code), { cellId })
  }

  async interrupt(): Promise<void> {
    if (this.command.interruptMode === "signal") this.#kill("SIGINT")
    else await this.#control.send(this.#frames(this.#factory.make("interrupt_request", {})))
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      await this.#control.send(this.#frames(this.#factory.make("shutdown_request", { restart: false })))
      const patience = new AbortController()
      const waited = sleep(stopSeconds * 1000, undefined, patience).then(
        () => this.#kill("SIGKILL"),
        () => {}, // it went by itself
      )
      await this.died
      patience.abort()
      await waited
    }
    await Promise.all([this.#shell, this.#control, this.#iopub].map((socket) => socket.close()))
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Kernels may have started programs: the signal goes to all of them. */
  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.child
    if (pid !== undefined && process.platform !== "win32") process.kill(-pid, signal)
    else this.child.kill(signal)
  }

  #send(type: string, content: object, metadata: Data = {}): string {
    const message = this.#factory.make(type, content, { metadata })
    void this.#shell.send(this.#frames(message))
    return message.header.msg_id
  }

  #frames(message: WireMessage): Uint8Array[] {
    return encode(message, this.#signing)
  }

  async #listen(channel: KernelMessage["channel"], socket: Receiver): Promise<void> {
    for await (const frames of socket) {
      const { header, parentHeader, content, metadata, buffers } = decode(frames, this.#signing)
      const parent = "msg_id" in parentHeader ? parentHeader.msg_id : undefined
      this.onMessage({ channel, type: header.msg_type, parent, content, metadata, buffers })
    }
  }
}
