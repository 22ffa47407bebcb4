import { type ChildProcess, spawn } from "node:child_process"
import { createServer, type Server, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { DebugResponse, Scope, StackFrame, Variable } from "../../../src/kernel/debug/dap.js"
import type { Dict } from "../../../src/kernel/dict.js"
import { compileCell } from "./compile.js"

const script = fileURLToPath(new URL("./program/main.mjs", import.meta.url))

/** How long anything may take before the test has failed; no test measures time. */
const patienceMs = 30_000

interface Message extends Dict {
  type: string
}

/** A program with cells and a debugger, and the client of that debugger. */
export class Program {
  readonly messages: Message[] = []
  output = ""
  readonly #names = new Set<string>()
  readonly #waiting = new Set<() => void>()
  #read = 0
  #seq = 0
  #cells = 0

  private constructor(
    readonly process: ChildProcess,
    readonly socket: Socket,
    readonly server: Server,
  ) {
    process.stdout!.setEncoding("utf8").on("data", (text) => {
      this.output += text
      this.#wake()
    })
    socket.setNoDelay()
    createInterface(socket).on("line", (line) => {
      this.messages.push(JSON.parse(line))
      this.#wake()
    })
  }

  static async start(): Promise<Program> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const { port } = server.address() as { port: number }
    const child = spawn(process.execPath, [script, String(port)], { stdio: ["ignore", "pipe", "inherit"] })
    const socket = await new Promise<Socket>((resolve) => server.once("connection", resolve))
    return new Program(child, socket, server)
  }

  /** Starts, and attaches the debugger. */
  static async debugged(): Promise<Program> {
    const program = await Program.start()
    await program.ask("initialize", { clientID: "test" })
    await program.ask("attach")
    return program
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once("exit", resolve))
    this.socket.end()
    await exited
    this.server.close()
  }

  async request(command: string, args: Dict = {}): Promise<DebugResponse> {
    const seq = ++this.#seq
    this.#send({ seq, type: "request", command, arguments: args })
    const answer = await this.until(() => this.messages.find((m) => m.request_seq === seq))
    return answer as unknown as DebugResponse
  }

  /** The body of the reply to a request that has to succeed. */
  async ask<T = Dict>(command: string, args: Dict = {}): Promise<T> {
    const { success, message, body } = await this.request(command, args)
    if (!success) throw new Error(`${command}: ${message}`)
    return body as T
  }

  /** Starts a cell. */
  run(code: string): void {
    const { cell, js, names } = compileCell(code, ++this.#cells, this.#names)
    for (const name of names) this.#names.add(name)
    this.#send({ type: "run", cell, js })
  }

  /** Runs a cell to its end. */
  async finish(code: string): Promise<Message> {
    this.run(code)
    return this.done()
  }

  /** Sets the breakpoints of a cell, by lines or in full; gives what the debugger made of them. */
  async breakAt(code: string, ...breakpoints: (number | Dict)[]): Promise<Dict[]> {
    const { sourcePath: path } = await this.ask("dumpCell", { code })
    const asked = breakpoints.map((b) => (typeof b === "number" ? { line: b } : b))
    return (
      await this.ask<{ breakpoints: Dict[] }>("setBreakpoints", { source: { path }, breakpoints: asked })
    ).breakpoints
  }

  /** The next event of that name. */
  event(name: string): Promise<Message> {
    return this.next((m) => m.type === "event" && m.event === name)
  }

  done(): Promise<Message> {
    return this.next((m) => m.type === "done")
  }

  async interrupt(): Promise<void> {
    this.#send({ type: "interrupt" })
    await this.next((m) => m.type === "interrupted")
  }

  /** Waits for the next stop; gives its reason and its frames. */
  async stopped(): Promise<{ reason: string; text?: string; frames: StackFrame[]; at: string }> {
    const { body } = (await this.event("stopped")) as unknown as { body: { reason: string; text?: string } }
    const { stackFrames: frames } = await this.ask<{ stackFrames: StackFrame[] }>("stackTrace", {
      threadId: 1,
    })
    return { ...body, frames, at: `${frames[0]?.name}:${frames[0]?.line}` }
  }

  async step(command: "next" | "stepIn" | "stepOut"): Promise<string> {
    await this.ask(command, { threadId: 1 })
    return (await this.stopped()).at
  }

  async evaluate(expression: string, more: Dict = {}): Promise<string> {
    return (await this.ask<{ result: string }>("evaluate", { expression, context: "repl", ...more })).result
  }

  /** The scopes of a frame as plain objects. */
  async scopes(frame: StackFrame): Promise<Record<string, Record<string, string>>> {
    const { scopes } = await this.ask<{ scopes: Scope[] }>("scopes", { frameId: frame.id })
    const entries = scopes.map(async ({ name, variablesReference }) => [
      name,
      await this.inside(variablesReference),
    ])
    return Object.fromEntries(await Promise.all(entries))
  }

  async variables(variablesReference: number, page: Dict = {}): Promise<Variable[]> {
    return (await this.ask<{ variables: Variable[] }>("variables", { variablesReference, ...page })).variables
  }

  async inside(variablesReference: number): Promise<Record<string, string>> {
    const variables = await this.variables(variablesReference)
    return Object.fromEntries(variables.map(({ name, value }) => [name, value]))
  }

  async inspectVariables(): Promise<Map<string, Variable>> {
    const { variables } = await this.ask<{ variables: Variable[] }>("inspectVariables")
    return new Map(variables.map((variable) => [variable.name, variable]))
  }

  /** The first message of a kind behind the last one that was waited for. */
  async next(isWanted: (message: Message) => boolean): Promise<Message> {
    return this.until(() => {
      const index = this.messages.findIndex((m, i) => i >= this.#read && isWanted(m))
      if (index < 0) return undefined
      this.#read = index + 1
      return this.messages[index]
    })
  }

  async until<T>(condition: () => T | undefined | false): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const said = () => JSON.stringify(this.messages.slice(-5), null, 1)
      timer = setTimeout(() => reject(new Error(`waited in vain; last messages: ${said()}`)), patienceMs)
    })
    try {
      for (;;) {
        const found = condition()
        if (found) return found
        let wake = () => {}
        const change = new Promise<void>((resolve) => {
          wake = resolve
          this.#waiting.add(wake)
        })
        await Promise.race([change, late])
        this.#waiting.delete(wake)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  #send(message: object): void {
    this.socket.write(`${JSON.stringify(message)}\n`)
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }
}
