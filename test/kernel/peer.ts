import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Dealer, Subscriber } from "zeromq"
import { MessageFactory } from "../../src/kernel/messages.js"
import { decode, encode, type WireMessage } from "../../src/kernel/wire.js"
import type { KernelClient } from "./client.js"

/** One more client of a kernel that runs already, as another window on the same notebook is. */
export class Peer {
  readonly factory = new MessageFactory()
  readonly received: Record<"shell" | "stdin" | "iopub", WireMessage[]> = { shell: [], stdin: [], iopub: [] }
  readonly #sockets: { shell: Dealer; stdin: Dealer; iopub: Subscriber }

  private constructor(
    readonly kernel: KernelClient,
    topic: string,
  ) {
    const ports = JSON.parse(readFileSync(join(kernel.folder, "connection.json"), "utf8"))
    const routingId = this.factory.session
    this.#sockets = {
      shell: new Dealer({ routingId, linger: 0 }),
      stdin: new Dealer({ routingId, linger: 0 }),
      iopub: new Subscriber({ linger: 0, receiveHighWaterMark: 0 }),
    }
    for (const name of ["shell", "stdin", "iopub"] as const) {
      this.#sockets[name].connect(`tcp://127.0.0.1:${ports[`${name}_port`]}`)
      void this.#collect(name)
    }
    this.#sockets.iopub.subscribe(topic)
  }

  /** Connects, and waits until the kernel has welcomed this client. */
  static async connect(kernel: KernelClient, topic = ""): Promise<Peer> {
    const peer = new Peer(kernel, topic)
    await peer.until(() => peer.received.iopub.length > 0)
    return peer
  }

  async send(channel: "shell" | "stdin", type: string, content: object): Promise<string> {
    const message = this.factory.make(type, content)
    await this.#sockets[channel].send(encode(message, this.#signing))
    return message.header.msg_id
  }

  async request(type: string, content: object): Promise<WireMessage> {
    const id = await this.send("shell", type, content)
    return this.until(() => this.received.shell.find((m) => m.parentHeader.msg_id === id))
  }

  /** The iopub messages that belong to a request. */
  of(id: string): WireMessage[] {
    return this.received.iopub.filter((m) => m.parentHeader.msg_id === id)
  }

  async until<T>(condition: () => T | undefined | false): Promise<T> {
    for (let turns = 0; ; turns++) {
      const found = condition()
      if (found) return found
      if (turns > 4000) throw new Error("waited in vain")
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  close(): void {
    for (const socket of Object.values(this.#sockets)) socket.close()
  }

  get #signing() {
    return { key: this.kernel.key, scheme: "hmac-sha256" }
  }

  async #collect(name: "shell" | "stdin" | "iopub"): Promise<void> {
    for await (const frames of this.#sockets[name]) this.received[name].push(decode(frames, this.#signing))
  }
}
