import { types } from "node:util"
import { tellStop } from "../stop.js"
import { type Activity, endAllWork } from "./activity.js"
import type { CellRequest, ExpressionResult, FromCells, ToCells } from "./bridge.js"
import { captureOutput } from "./capture.js"
import { inReaderPlaces } from "./cell-frames.js"
import type { Cells } from "./cells.js"
import { type CommMessageContent, Comms } from "./comm.js"
import { type Context, context, newContext } from "./context.js"
import type { Dict, Mimebundle } from "./dict.js"
import { DisplayHandle } from "./display.js"
import { Interrupted, ProcessExit } from "./error-frame.js"
import { exitProcess } from "./exit.js"
import { type Host, setHost } from "./host.js"
import { jsonBytes } from "./json-bytes.js"
import { keepListening } from "./keep-listening.js"
import { answerTyping } from "./language/answer.js"
import { log } from "./log.js"
import { type ErrorContent, errorReply } from "./messages.js"
import { mimeBundle } from "./mime-bundle.js"
import { isInterruption } from "./run/guard.js"
import { endOfInput } from "./stdin-requests.js"
import { noCell } from "./stop-flag.js"
import { serveWidgetControl } from "./widget-control.js"

/** A display that ends a cell has been shown already; its handle is for a variable. A proxy may refuse to say what it is. */
function isShown(value: unknown): boolean {
  return value !== undefined && (types.isProxy(value) || !(value instanceof DisplayHandle))
}

interface Question {
  cell: number
  resolve: (text: string) => void
  reject: (error: Error) => void
}

/** Longer texts travel between the threads as bytes, which are moved instead of copied. */
const longText = 100_000

function isLong(data: unknown): boolean {
  if (data === null || typeof data !== "object") return false
  return Object.values(data).some((part) => typeof part === "string" && part.length > longText)
}

/** The side with the user's code: runs what the protocol thread sends and posts what comes of it. */
export class Session implements Host {
  readonly comms: Comms
  readonly #inputs = new Map<number, Question>()
  #last: Context = newContext("")
  /** Cells of several shells take turns where they await. */
  readonly #running = new Set<number>()
  readonly #stopped = new Set<number>()
  /** Those whose code is over, and whose values are being shown. */
  readonly #showing = new Map<number, Activity>()
  #lastInput = 0
  /** Settled when the code of the newest cell has begun: what the page sends after a cell, it sends to that cell. */
  #begun: Promise<void> = Promise.resolve()
  #ready: Promise<void>
  /** Set once code has called `process.exit`, until that has been done. */
  #exit: ProcessExit | undefined

  constructor(
    readonly cells: Cells,
    /** What is in `moved` is not copied, and gone from here. */
    readonly post: (message: FromCells, moved?: ArrayBuffer[]) => void,
    ready: Promise<void>,
  ) {
    this.#ready = ready
    this.comms = new Comms((msgType, content, more) => this.publish(msgType, content, more))
    serveWidgetControl(this.comms)
    setHost(this)
    captureOutput((name, text) =>
      post({ type: "stream", parent: this.#context().parent, name, text: inReaderPlaces(text) }),
    )
    keepListening("uncaughtException", (error) => {
      this.#print(error)
      // The signal that has ended a callback is meant for the cell that may wait for it.
      if (isInterruption(error)) this.#signal()
    })
    keepListening("unhandledRejection", (error) => this.#print(error))
    // Code that computes is stopped by it without coming here; code that waits is not.
    keepListening("SIGINT", () => this.#signal())
    process.exit = (code) => {
      this.#exit = new ProcessExit(`process.exit(${code ?? ""})`)
      throw this.#exit
    }
  }

  #signal(): void {
    if (this.#running.size > 0) this.post({ type: "signal", cells: [...this.#running] })
  }

  receive(message: ToCells): void {
    switch (message.type) {
      case "execute":
        return void this.#execute(message)
      case "ask":
        return void this.#answer(message)
      case "comm":
        return void this.#comm(message)
      case "input":
        return void this.#answerInput(message.id, message.value)
      case "interrupt":
        return void this.interrupt(message.cell)
      case "defined":
        return void this.cells.defined(message.name)
      case "shutdown":
        endAllWork()
        return void setTimeout(() => exitProcess(0), 100)
    }
  }

  /**
   * Ends a cell that waits, or keeps one from starting that waits for the kernel itself; and tells work that no cell
   * waits for.
   */
  interrupt(cell: number): void {
    tellStop()
    if (cell === noCell) return
    this.#stopped.add(cell)
    if (!this.#running.has(cell)) return
    for (const { reject } of this.#inputsOf(cell)) reject(new Interrupted())
    const showing = this.#showing.get(cell)
    if (showing) showing.stop()
    else this.cells.interrupt(cell)
  }

  publish(msgType: string, content: Dict, more: { metadata?: Dict; buffers?: Uint8Array[] } = {}): void {
    // Cloning a view copies all of the memory that it looks into.
    const buffers = (more.buffers ?? []).map((b) => (b.byteLength === b.buffer.byteLength ? b : b.slice()))
    const { parent } = this.#context()
    if (!isLong(content.data))
      return void this.post({ type: "publish", parent, msgType, content, ...more, buffers })
    const { data: _, ...rest } = content
    const contentJson = jsonBytes(content)
    const message = {
      type: "publish",
      parent,
      msgType,
      content: rest,
      contentJson,
      ...more,
      buffers,
    } as const
    this.post(message, [contentJson.buffer as ArrayBuffer])
  }

  input(prompt: string, password: boolean): Promise<string> {
    const { allowStdin, parent, cell } = this.#context()
    if (!allowStdin)
      return Promise.reject(namedError("StdinNotImplementedError", "this front end takes no input"))
    if (!this.#running.has(cell)) return Promise.reject(isOver())
    const id = ++this.#lastInput
    return new Promise((resolve, reject) => {
      this.#inputs.set(id, { cell, resolve, reject })
      this.post({ type: "input", id, parent, prompt: String(prompt), password })
    })
  }

  #answerInput(id: number, value: string): void {
    const question = this.#inputs.get(id)
    this.#inputs.delete(id)
    if (value === endOfInput) question?.reject(namedError("EOFError", "the reader ended the input"))
    else question?.resolve(value)
  }

  /** Takes the open questions of a cell away: nobody will answer them any more. */
  #inputsOf(cell: number): Question[] {
    const own = [...this.#inputs].filter(([, question]) => question.cell === cell)
    for (const [id] of own) this.#inputs.delete(id)
    return own.map(([, question]) => question)
  }

  addPayload(payload: Dict): void {
    this.#context().payload.push(payload)
  }

  waitFor(work: Promise<unknown>): void {
    this.#context().pending.push(work)
  }

  /** For errors that no cell's reply can carry; they appear below the cell that their code belongs to. */
  #print(error: unknown): void {
    process.stderr.write(`${this.cells.explain(error).traceback.join("\n")}\n`)
    if (error === this.#exit) this.#restart()
  }

  /** What a new process would be, in this one: front ends would call the kernel dead if it really went. */
  #restart(): void {
    this.#exit = undefined
    endAllWork()
    this.comms.closeAll()
    this.cells.reset()
  }

  #context(): Context {
    return context.getStore() ?? this.#last
  }

  async #execute({ id, parent, request }: Extract<ToCells, { type: "execute" }>): Promise<void> {
    await this.#ready
    const own = newContext(parent, id, request.allowStdin)
    this.#last = own
    this.#running.add(id)
    const content = await context.run(own, () => this.#runCell(own, request))
    if (this.#exit) this.#restart()
    this.#running.delete(id)
    this.#stopped.delete(id)
    for (const { reject } of this.#inputsOf(id)) reject(isOver())
    this.post({ type: "reply", id, content })
  }

  async #runCell(own: Context, request: CellRequest): Promise<Dict> {
    let output: string | undefined
    const fail = (error: ErrorContent): Dict => {
      if (!request.silent) this.publish("error", { ...error })
      return { ...errorReply(error), payload: own.payload, user_expressions: {} }
    }
    if (this.#stopped.has(own.cell)) return fail(this.cells.explain(new Interrupted()))
    let begun = () => {}
    this.#begun = new Promise((resolve) => {
      begun = resolve
    })
    const outcome = await this.cells.run(request.code, {
      id: own.cell,
      label: request.label,
      keep: true,
      begun,
    })
    begun()
    // Also where the cell has caught it: nothing of it is left.
    if (this.#exit) return fail(this.cells.explain(this.#exit))
    if (!outcome.ok) return fail(outcome.error)
    this.#showing.set(own.cell, own.activity)
    try {
      await own.activity.stoppable(Promise.all(own.pending))
      if (isShown(outcome.value) && !request.silent) {
        const data = await this.#bundleOf(outcome.value, own)
        output = String(data["text/plain"] ?? "")
        this.publish("execute_result", { data, metadata: {}, transient: {}, execution_count: request.count })
      }
    } catch (error) {
      return fail(this.cells.explain(error))
    } finally {
      this.#showing.delete(own.cell)
    }
    const user_expressions = await this.#expressions(own, request)
    return {
      status: "ok",
      payload: own.payload,
      user_expressions,
      ...(output === undefined ? {} : { output }),
    }
  }

  async #expressions(own: Context, request: CellRequest): Promise<Record<string, ExpressionResult>> {
    const results: Record<string, ExpressionResult> = {}
    for (const [name, expression] of Object.entries(request.userExpressions)) {
      const outcome = await this.cells.run(`(${expression})`, {
        id: own.cell,
        label: `${request.label}-${name}`,
        keep: false,
      })
      results[name] = outcome.ok
        ? await this.#expressionResult(outcome.value, own)
        : errorReply(outcome.error)
    }
    return results
  }

  async #expressionResult(value: unknown, own: Context): Promise<ExpressionResult> {
    this.#showing.set(own.cell, own.activity)
    try {
      return { status: "ok", data: await this.#bundleOf(value, own), metadata: {} }
    } catch (error) {
      return errorReply(this.cells.explain(error))
    } finally {
      this.#showing.delete(own.cell)
    }
  }

  /**
   * A value's own display method is the reader's code as the cell is: a Stop ends it, and its waiting. What is no object
   * has none, and goes without the guard, which starts a thread of its own.
   */
  async #bundleOf(value: unknown, own: Context): Promise<Mimebundle> {
    if (Object(value) !== value) return mimeBundle(value)
    return own.activity.stoppable(this.cells.guard(own.cell, () => mimeBundle(value)))
  }

  async #answer({ id, parent, msgType, content }: Extract<ToCells, { type: "ask" }>): Promise<void> {
    await this.#ready
    let reply: Dict
    try {
      const { language } = this.cells
      if (!language) throw new Error("another thread answers the reader's typing")
      reply = context.run(newContext(parent), () => answerTyping(language, msgType, content))
    } catch (error) {
      log(`${msgType} failed: ${error instanceof Error ? error.stack : error}`)
      reply = { ...errorReply(this.cells.explain(error)) }
    }
    this.post({ type: "reply", id, content: reply })
  }

  async #comm({ id, parent, msgType, content, buffers }: Extract<ToCells, { type: "comm" }>): Promise<void> {
    // Each in memory of its own, so that `new Float32Array(bytes.buffer)` means these bytes.
    const own = buffers.map((buffer) => buffer.slice())
    await this.#ready
    await this.#begun
    await context.run(newContext(parent), async () => {
      try {
        await this.comms.receive(msgType, content as unknown as CommMessageContent, own)
      } catch (error) {
        this.#print(error)
      }
    })
    this.post({ type: "reply", id, content: {} })
  }
}

/** Front ends take answers only while the cell runs that asks. */
function isOver(): Error {
  return namedError("StdinNotImplementedError", "the cell that asks is over")
}

/** An error with the name that Jupyter's other kernels give it. */
function namedError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}
