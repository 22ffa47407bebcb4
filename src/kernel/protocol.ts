import type { Backpressure } from "./backpressure.js"
import type { CellRequest, FromCells, StreamName, ToCells } from "./bridge.js"
import type { Dict } from "./dict.js"
import { ExecuteQueue } from "./execute-queue.js"
import type { History } from "./history.js"
import type { Interrupter } from "./interrupter.js"
import { log } from "./log.js"
import {
  answeredByCells,
  commMessages,
  type Envelope,
  errorReply,
  type KernelDescription,
  kernelInfo,
  MessageFactory,
  replyType,
} from "./messages.js"
import type { Channel, OutputChannel, Ports, Sockets } from "./sockets.js"
import { StdinRequests } from "./stdin-requests.js"
import { StreamBuffer } from "./stream-buffer.js"
import type { Header, WireMessage } from "./wire.js"

export interface ProtocolOptions {
  sockets: Sockets
  description: KernelDescription
  ports: Ports
  history: History
  interrupter: Interrupter
  backpressure: Backpressure
  toCells: (message: ToCells) => void
  /** Called when the shutdown_reply is out. */
  shutdown: (restart: boolean) => void
}

/** How many headers of earlier requests are kept for output that comes late, from a timer for instance. */
const keptHeaders = 20_000

/**
 * The Jupyter side of the kernel: answers what it can itself, hands code and comms to the thread with the cells,
 * and publishes what comes back under the request it belongs to.
 */
export class Protocol {
  readonly #options: ProtocolOptions
  readonly #factory = new MessageFactory()
  readonly #streams: StreamBuffer
  readonly #queue: ExecuteQueue
  readonly #stdin: StdinRequests
  readonly #headers = new Map<string, Header>()
  readonly #comms = new Map<string, string>()
  readonly #waiting = new Map<number, (content: Dict) => void>()
  #count = 0
  #lastId = 0

  constructor(options: ProtocolOptions) {
    this.#options = options
    this.#streams = new StreamBuffer((parent, name, text) => this.#publishStream(parent, name, text))
    this.#queue = new ExecuteQueue(
      (message) => this.#execute(message),
      (message) => this.#abort(message),
    )
    this.#stdin = new StdinRequests(options.sockets.stdin, this.#factory, options.toCells)
  }

  /** Serves the sockets until they are closed. */
  async serve(): Promise<void> {
    const { shell, control, stdin, iopub } = this.#options.sockets
    void this.#publish("status", { execution_state: "starting" })
    await Promise.all([
      shell.listen((message) => this.#receive(message, shell)),
      control.listen((message) => this.#receive(message, control)),
      stdin.listen((message) => this.#stdin.receive(message)),
      this.#welcome(iopub),
    ])
  }

  /** What the thread with the cells has to say. */
  fromCells(message: FromCells): void {
    switch (message.type) {
      case "stream":
        this.#streams.write(message.parent, message.name, message.text)
        return void this.#options.backpressure.arrived(message.text.length)
      case "publish":
        this.#noteComm(message.msgType, message.content)
        return void this.#publish(message.msgType, message.content, {
          parent: this.#headers.get(message.parent),
          metadata: message.metadata,
          buffers: message.buffers,
        })
      case "reply":
        this.#waiting.get(message.id)?.(message.content)
        this.#waiting.delete(message.id)
        return
      case "input":
        this.#streams.flush()
        return void this.#options.sockets.iopub.drained().then(() => this.#stdin.ask(message))
    }
  }

  #receive(message: WireMessage, channel: Channel): void {
    const { msg_type, msg_id } = message.header
    this.#remember(message.header)
    if (msg_type === "execute_request") return void this.#queue.add(message)
    const answer = this.#handlers[msg_type]
    if (answer) return void this.#serveRequest(message, channel, answer)
    if (answeredByCells.has(msg_type))
      return void this.#serveRequest(message, channel, ({ content }) =>
        this.#askCells((id) => ({ type: "ask", id, parent: msg_id, msgType: msg_type, content })),
      )
    if (commMessages.has(msg_type)) return void this.#serveComm(message)
    log(`unknown message type: ${msg_type}`)
    if (msg_type.endsWith("_request"))
      void this.#serveRequest(message, channel, () =>
        errorReply({ ename: "NotImplemented", evalue: `unknown request: ${msg_type}`, traceback: [] }),
      )
  }

  readonly #handlers: Record<string, (message: WireMessage) => object | Promise<object>> = {
    kernel_info_request: () => kernelInfo(this.#options.description),
    connect_request: () => ({ status: "ok", ...this.#options.ports }),
    history_request: ({ content }) => ({ status: "ok", history: this.#options.history.query(content) }),
    comm_info_request: ({ content }) => ({ status: "ok", comms: this.#commsOf(content.target_name) }),
    interrupt_request: () => {
      this.#options.interrupter.interrupt()
      return { status: "ok" }
    },
    shutdown_request: ({ content }) => ({ status: "ok", restart: content.restart === true }),
  }

  async #serveRequest(
    message: WireMessage,
    channel: Channel,
    answer: (message: WireMessage) => object | Promise<object>,
  ): Promise<void> {
    const parent = message.header
    void this.#publish("status", { execution_state: "busy" }, { parent })
    const content = await answer(message)
    await this.#reply(message, channel, content)
    await this.#publish("status", { execution_state: "idle" }, { parent })
    if (parent.msg_type === "shutdown_request") this.#options.shutdown(message.content.restart === true)
  }

  async #serveComm(message: WireMessage): Promise<void> {
    const { header, content, metadata, buffers } = message
    this.#noteComm(header.msg_type, content)
    void this.#publish("status", { execution_state: "busy" }, { parent: header })
    await this.#askCells((id) => ({
      type: "comm",
      id,
      parent: header.msg_id,
      msgType: header.msg_type,
      content,
      metadata,
      buffers,
    }))
    await this.#publish("status", { execution_state: "idle" }, { parent: header })
  }

  async #execute(message: WireMessage): Promise<{ abortOthers: boolean }> {
    const { header, content, identities } = message
    const { interrupter, sockets, history } = this.#options
    const silent = content.silent === true
    const stored = !silent && content.store_history !== false
    if (stored) this.#count++
    const started = new Date().toISOString()
    void this.#publish("status", { execution_state: "busy" }, { parent: header })
    const code = String(content.code ?? "")
    if (!silent)
      void this.#publish("execute_input", { code, execution_count: this.#count }, { parent: header })
    const request: CellRequest = {
      code,
      label: stored ? `cell-${this.#count}` : `cell-${this.#count}-${this.#lastId + 1}`,
      silent,
      count: this.#count,
      userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
      allowStdin: content.allow_stdin === true,
    }
    const result = await this.#askCells((id) => {
      this.#stdin.allow(header.msg_id, { header, identities })
      interrupter.begin(id)
      return { type: "execute", id, parent: header.msg_id, request }
    })
    interrupter.end()
    this.#stdin.forget(header.msg_id)
    const { output, ...reply } = result
    if (stored && code.trim() !== "")
      history.add(this.#count, code, typeof output === "string" ? output : undefined)
    const failed = reply.status === "error"
    await this.#reply(
      message,
      sockets.shell,
      { ...reply, execution_count: this.#count },
      { started, status: reply.status },
    )
    await this.#publish("status", { execution_state: "idle" }, { parent: header })
    return { abortOthers: failed && content.stop_on_error !== false }
  }

  async #abort(message: WireMessage): Promise<void> {
    const parent = message.header
    void this.#publish("status", { execution_state: "busy" }, { parent })
    await this.#reply(message, this.#options.sockets.shell, {
      status: "aborted",
      execution_count: this.#count,
      ename: "Aborted",
      evalue: "an earlier cell failed",
      traceback: [],
    })
    await this.#publish("status", { execution_state: "idle" }, { parent })
  }

  /** Output goes out before the reply: clients stop reading iopub soon after they have it. */
  async #reply(message: WireMessage, channel: Channel, content: object, metadata: Dict = {}): Promise<void> {
    this.#streams.flush()
    await this.#options.sockets.iopub.drained()
    const { header: parent, identities } = message
    await channel.send(
      this.#factory.make(replyType(parent.msg_type), content, { parent, identities, metadata }),
    )
  }

  #askCells(make: (id: number) => ToCells): Promise<Dict> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#options.toCells(make(id))
    })
  }

  #publish(type: string, content: object, envelope: Envelope = {}): Promise<void> {
    this.#streams.flush()
    return this.#publishNow(type, content, envelope)
  }

  #publishStream(parent: string, name: StreamName, text: string): void {
    void this.#publishNow("stream", { name, text }, { parent: this.#headers.get(parent) })
  }

  #publishNow(type: string, content: object, envelope: Envelope): Promise<void> {
    const topic = Buffer.from(`kernel.${this.#factory.session}.${type}`)
    return this.#options.sockets.iopub.send(
      this.#factory.make(type, content, { ...envelope, identities: [topic] }),
    )
  }

  /** Tells every new subscriber that its subscription has arrived: what it asks for now, it will also see. */
  async #welcome(iopub: OutputChannel): Promise<void> {
    for await (const topic of iopub.subscriptions) {
      const content = { subscription: Buffer.from(topic).toString() }
      void iopub.send(this.#factory.make("iopub_welcome", content, { identities: [topic] }))
    }
  }

  #remember(header: Header): void {
    this.#headers.set(header.msg_id, header)
    if (this.#headers.size <= keptHeaders) return
    const oldest = this.#headers.keys().next().value
    if (oldest !== undefined) this.#headers.delete(oldest)
  }

  #noteComm(msgType: string, { comm_id, target_name }: Dict): void {
    if (msgType === "comm_open") this.#comms.set(String(comm_id), String(target_name))
    else if (msgType === "comm_close") this.#comms.delete(String(comm_id))
  }

  #commsOf(target: unknown): Dict {
    const wanted = [...this.#comms].filter(
      ([, name]) => target === undefined || target === null || name === target,
    )
    return Object.fromEntries(wanted.map(([id, target_name]) => [id, { target_name }]))
  }
}
