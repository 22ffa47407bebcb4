import { type Backpressure, weightOf } from "./backpressure.js"
import type { CellRequest, FromCells, ToCells } from "./bridge.js"
import type { Dict } from "./dict.js"
import { ExecuteQueue } from "./execute-queue.js"
import type { History } from "./history.js"
import type { Interrupter } from "./interrupter.js"
import { log } from "./log.js"
import {
  answeredByCells,
  commMessages,
  type Envelope,
  type KernelDescription,
  kernelInfo,
  MessageFactory,
  outputMessages,
  refusal,
  replyType,
} from "./messages.js"
import { Outbox, type Output } from "./outbox.js"
import type { Pace } from "./pace.js"
import { problemOf } from "./request-content.js"
import { Requests } from "./requests.js"
import { noSuchShell, Shells } from "./shells.js"
import type { Announcements, Channels, Outgoing, Ports, RequestChannel } from "./sockets.js"
import { StdinRequests } from "./stdin-requests.js"
import type { Header, WireMessage } from "./wire.js"

export interface ProtocolOptions {
  sockets: Channels
  description: KernelDescription
  ports: Ports
  history: History
  interrupter: Interrupter
  backpressure: Backpressure
  pace: Pace
  toCells: (message: ToCells) => void
  /** Answers debug_request, content to content. */
  debug: (request: Dict) => Promise<Dict>
  /** Called when the shutdown_reply is out. */
  shutdown: () => void
}

/** A message and where its reply goes. */
interface Received {
  message: WireMessage
  channel: RequestChannel
}

/**
 * What has arrived when a cell fails is aborted. "Run All" sends its cells one by one, so that a first one that
 * fails at once leaves them this long to arrive before its reply, after which new ones are the reader's answer.
 */
const arrivalMs = 5

type Reply = { status?: unknown; execution_count?: number }
type Answer = (message: WireMessage) => Reply | Promise<Reply>

/**
 * The Jupyter side of the kernel: answers what it can itself, hands code and comms to the thread with the cells,
 * and publishes what comes back under the request it belongs to.
 */
export class Protocol {
  readonly #options: ProtocolOptions
  readonly #factory = new MessageFactory()
  readonly #requests = new Requests()
  readonly #outbox: Outbox
  readonly #shells = new Shells(() => this.#makeQueue())
  readonly #stdin: StdinRequests
  readonly #comms = new Map<string, string>()
  readonly #waiting = new Map<number, (content: Dict) => void>()
  #hasStarted = false
  #count = 0
  #running = 0
  #lastId = 0

  constructor(options: ProtocolOptions) {
    this.#options = options
    this.#outbox = new Outbox({
      pace: options.pace,
      send: (output) => this.#publishOutput(output),
      gone: (weight) => options.backpressure.gone(weight),
    })
    this.#stdin = new StdinRequests(options.sockets.stdin, this.#factory, options.toCells)
  }

  /** Serves the sockets until they are closed. */
  async serve(): Promise<void> {
    const { shell, control, stdin, iopub } = this.#options.sockets
    await Promise.all([
      shell.listen((message) => this.#receive({ message, channel: shell })),
      control.listen((message) => this.#receive({ message, channel: control })),
      stdin.listen((message) => this.#stdin.receive(message)),
      this.#welcome(iopub),
    ])
  }

  /** What the thread with the cells has to say. */
  fromCells(message: FromCells): void {
    switch (message.type) {
      case "stream": {
        const { parent, name, text } = message
        const content = { name, text }
        return void this.#addOutput({ parent, msgType: "stream", content, weight: weightOf(message) })
      }
      case "publish":
        this.#noteComm(message.msgType, message.content)
        return void this.#addOutput({ ...message, weight: weightOf(message) })
      case "reply":
        this.#waiting.get(message.id)?.(message.content)
        this.#waiting.delete(message.id)
        return
      case "signal":
        if (this.#options.interrupter.isReaders(message.cells)) this.#interrupt()
        return
      case "input":
        return void this.#settled(message.parent).then(() => this.#stdin.ask(message))
    }
  }

  /** What a debugger has to say belongs to no request: a cell stops when it gets there. */
  debugEvent(content: Dict): void {
    void this.#publish("debug_event", content, {})
  }

  #receive(received: Received): void {
    const { header, content } = received.message
    const { msg_type, msg_id } = header
    if (this.#requests.isRepeated(header)) return void log(`ignored: message ${msg_id} has come before`)
    this.#start()
    this.#requests.open(header, content.silent === true)
    // The control channel is beside all shells.
    const onShell = received.channel === this.#options.sockets.shell
    const shell = this.#shells.find(onShell ? header.subshell_id : undefined)
    // Comms need no shell. JupyterLab closes one and deletes its subshell at once; the second overtakes the first.
    const isComm = commMessages.has(msg_type)
    const problem = shell || isComm ? problemOf(msg_type, content) : noSuchShell(header.subshell_id)
    if (problem !== undefined) log(`refused: ${msg_type}: ${problem}`)
    if (isComm) void this.#serveComm(received, problem === undefined)
    else if (problem !== undefined) void this.#serve(received, () => this.#refuse(msg_type, problem))
    else if (msg_type === "execute_request") shell?.add(received)
    else void this.#serve(received, this.#answerTo(received))
  }

  #answerTo({ message, channel }: Received): Answer | undefined {
    const { msg_type } = message.header
    if (answeredByCells.has(msg_type)) return (request) => this.#askAbout(request)
    const onControl = channel === this.#options.sockets.control
    const answers = onControl ? { ...this.#answers, ...this.#controlAnswers } : this.#answers
    if (Object.hasOwn(answers, msg_type)) return answers[msg_type]
    log(`unknown message type: ${msg_type}`)
    if (!msg_type.endsWith("_request")) return undefined
    return () => refusal("NotImplemented", `unknown request: ${msg_type}`)
  }

  readonly #answers: Record<string, Answer> = {
    kernel_info_request: () => kernelInfo(this.#options.description),
    connect_request: () => ({ status: "ok", ...this.#options.ports }),
    history_request: ({ content }) => ({ status: "ok", history: this.#options.history.query(content) }),
    comm_info_request: ({ content }) => ({ status: "ok", comms: this.#commsOf(content.target_name) }),
    interrupt_request: () => {
      this.#interrupt()
      return { status: "ok" }
    },
    shutdown_request: ({ content }) => ({ status: "ok", restart: content.restart === true }),
  }

  readonly #controlAnswers: Record<string, Answer> = {
    create_subshell_request: () => ({ status: "ok", subshell_id: this.#shells.create() }),
    delete_subshell_request: ({ content: { subshell_id } }) =>
      this.#shells.delete(subshell_id)
        ? { status: "ok" }
        : refusal("SubshellNotFound", noSuchShell(subshell_id)),
    list_subshell_request: () => ({ status: "ok", subshell_id: this.#shells.ids() }),
    debug_request: ({ content }) => this.#options.debug(content),
  }

  /** What waits behind the stopped cells is aborted, as it would go on where the reader wanted to stop. */
  #interrupt(): void {
    this.#options.interrupter.interrupt()
    this.#shells.abortWaiting()
  }

  #refuse(msgType: string, problem: string): Reply {
    switch (msgType) {
      case "is_complete_request":
        return { status: "unknown" }
      case "execute_request":
        return { ...refusal("InvalidRequest", problem), execution_count: this.#count }
      default:
        return refusal("InvalidRequest", problem)
    }
  }

  async #askAbout({ header, content }: WireMessage): Promise<Dict> {
    const { msg_id: parent, msg_type: msgType } = header
    const reply = await this.#askCells((id) => ({ type: "ask", id, parent, msgType, content }))
    return msgType === "is_complete_request" && reply.status === "error" ? { status: "unknown" } : reply
  }

  async #serve(received: Received, answer: Answer | undefined): Promise<void> {
    const { header } = received.message
    void this.#publishStatus("busy", header)
    const reply = answer && (await this.#tryTo(answer, received.message))
    if (reply) await this.#reply(received, reply)
    const isShutdown = header.msg_type === "shutdown_request" && reply?.status === "ok"
    // Other clients have to know it too.
    if (isShutdown) void this.#publish("shutdown_reply", reply, { parent: header })
    await this.#becomeIdle(header)
    if (isShutdown) this.#options.shutdown()
  }

  async #tryTo(answer: Answer, message: WireMessage): Promise<Reply> {
    try {
      return await answer(message)
    } catch (error) {
      log(`${message.header.msg_type} failed: ${error instanceof Error ? error.stack : error}`)
      return refusal("KernelError", error instanceof Error ? error.message : String(error))
    }
  }

  async #serveComm({ message }: Received, isGood: boolean): Promise<void> {
    const { header, content, metadata, buffers } = message
    const { msg_id: parent, msg_type: msgType } = header
    void this.#publishStatus("busy", header)
    if (isGood) {
      this.#noteComm(msgType, content)
      await this.#askCells((id) => ({ type: "comm", id, parent, msgType, content, metadata, buffers }))
      await this.#settled(parent)
    }
    await this.#becomeIdle(header)
  }

  #makeQueue(): ExecuteQueue<Received> {
    const queue: ExecuteQueue<Received> = new ExecuteQueue(
      (received) => this.#execute(received, queue),
      (received) => this.#abort(received),
    )
    return queue
  }

  async #execute(received: Received, queue: ExecuteQueue<Received>): Promise<void> {
    const { header, content, identities } = received.message
    const { interrupter, history } = this.#options
    const code = content.code as string
    const isBlank = code.trim() === ""
    const silent = content.silent === true
    const stored = !silent && !isBlank && content.store_history !== false
    const count = stored ? ++this.#count : this.#count
    const started = new Date().toISOString()
    this.#running++
    let cell = 0
    const answer = this.#askCells((id) => {
      const request: CellRequest = {
        code,
        label: stored ? `cell-${count}` : `cell-${count}-${id}`,
        silent,
        count,
        userExpressions: (content.user_expressions ?? {}) as Record<string, string>,
        allowStdin: content.allow_stdin === true,
      }
      cell = id
      this.#stdin.allow(header.msg_id, { header, identities })
      interrupter.begin(id)
      return { type: "execute", id, parent: header.msg_id, request }
    })
    // The cell is on its way meanwhile; what comes of it, comes in a later turn.
    void this.#publishStatus("busy", header)
    if (!silent) void this.#publish("execute_input", { code, execution_count: count }, { parent: header })
    const { output, ...reply } = await answer
    interrupter.end(cell)
    this.#stdin.forget(header.msg_id)
    // Before the reply: who has that may end the kernel.
    if (stored) history.add(count, code, typeof output === "string" ? output : undefined)
    if (reply.status === "error" && !silent && content.stop_on_error !== false) {
      await new Promise((resolve) => setTimeout(resolve, arrivalMs))
      queue.abortWaiting()
    }
    await this.#reply(received, { ...reply, execution_count: count }, { started, status: reply.status })
    this.#running--
    await this.#becomeIdle(header)
  }

  async #abort(received: Received): Promise<void> {
    const { header } = received.message
    void this.#publishStatus("busy", header)
    const why = "an earlier cell failed or was stopped"
    const reply = { ...refusal("Aborted", why), status: "aborted", execution_count: this.#count }
    await this.#reply(received, reply, { status: "aborted" })
    await this.#becomeIdle(header)
  }

  /** Output goes out before the reply: clients stop reading iopub soon after they have it. */
  async #reply({ message, channel }: Received, content: object, metadata: Dict = {}): Promise<void> {
    const { header: parent, identities } = message
    await this.#settled(parent.msg_id)
    // Not waited for: the idle leaves in the same turn, and who stops reading iopub a moment after the reply has it.
    void this.#send(channel, replyType(parent.msg_type), content, { parent, identities, metadata })
  }

  /** Resolves when all output of a request is with its readers' sockets. */
  async #settled(parent: string): Promise<void> {
    await this.#outbox.settled(parent)
    await this.#options.sockets.iopub.drained()
  }

  #askCells(make: (id: number) => ToCells): Promise<Dict> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#options.toCells(make(id))
    })
  }

  #addOutput(output: Output): void {
    if (this.#requests.isSilent(output.parent) && outputMessages.has(output.msgType))
      this.#options.backpressure.gone(output.weight)
    else this.#outbox.add(output)
  }

  #publishOutput({ parent, msgType, content, ...more }: Output): void {
    const { metadata, contentJson, buffers } = more
    void this.#publish(msgType, content, {
      parent: this.#requests.headerOf(parent),
      metadata,
      contentJson,
      buffers,
    })
  }

  #publishStatus(execution_state: string, parent?: Header): Promise<void> {
    return this.#publish("status", { execution_state }, { parent })
  }

  async #becomeIdle(parent: Header): Promise<void> {
    const published = this.#publishStatus("idle", parent)
    // To JupyterLab and its server any idle is the kernel's: after a Tab they would take a running cell for ended.
    if (this.#running > 0) void this.#publishStatus("busy")
    this.#options.pace.reset()
    this.#requests.close(parent)
    await published
  }

  #publish(type: string, content: object, envelope: Envelope): Promise<void> {
    const topic = Buffer.from(`kernel.${this.#factory.session}.${type}`)
    return this.#send(this.#options.sockets.iopub, type, content, { ...envelope, identities: [topic] })
  }

  async #send(channel: Outgoing, type: string, content: object, envelope: Envelope): Promise<void> {
    try {
      await channel.send(this.#factory.make(type, content, envelope))
    } catch (error) {
      // Values of the user's that are no JSON, circular ones for instance, must not end the kernel.
      log(`${type} not sent: ${error instanceof Error ? error.message : error}`)
    }
  }

  /**
   * Says once that the kernel is there: as soon as somebody listens, or before anything else is said. Earlier the
   * message would only be lost.
   */
  #start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    void this.#publishStatus("starting")
  }

  /** Tells every new subscriber that its subscription has arrived: what it asks for now, it will also see. */
  async #welcome(iopub: Announcements): Promise<void> {
    for await (const topic of iopub.subscriptions) {
      const subscription = Buffer.from(topic).toString()
      void this.#send(iopub, "iopub_welcome", { subscription }, { identities: [topic] })
      this.#start()
    }
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
