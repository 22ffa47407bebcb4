import { expect } from "vitest"
import type { DebugResponse, Scope, StackFrame, Variable } from "../../../src/kernel/debug/dap.js"
import type { Dict } from "../../../src/kernel/dict.js"
import { type Execution, KernelClient } from "../client.js"

/** A front end's debugger on a kernel of its own. */
export class DebugClient {
  #seq = 0
  #read = 0

  private constructor(readonly kernel: KernelClient) {}

  static async attached(): Promise<DebugClient> {
    const client = new DebugClient(await KernelClient.start())
    await client.ask("initialize", { clientID: "test" })
    await client.ask("attach")
    return client
  }

  async close(): Promise<void> {
    await this.ask("disconnect")
    await this.kernel.close()
  }

  /** The body of the reply to a request that has to succeed. */
  async ask<T = Dict>(command: string, args: Dict = {}): Promise<T> {
    const content = { seq: ++this.#seq, type: "request", command, arguments: args }
    const reply = await this.kernel.request("control", "debug_request", content)
    const { success, message, body } = reply.content as unknown as DebugResponse
    if (!success) throw new Error(`${command}: ${message}`)
    return body as T
  }

  async breakIn(path: string, ...lines: (number | Dict)[]): Promise<void> {
    const breakpoints = lines.map((line) => (typeof line === "number" ? { line } : line))
    await this.ask("setBreakpoints", { source: { path }, breakpoints })
  }

  /** Runs a cell with breakpoints up to the first of them. */
  async stopIn(code: string, ...lines: (number | Dict)[]): Promise<string> {
    const { sourcePath } = await this.ask<{ sourcePath: string }>("dumpCell", { code })
    await this.breakIn(sourcePath, ...lines)
    const id = await this.kernel.sendCell(code)
    await this.stopped()
    return id
  }

  /** Waits for the next stop; gives its reason and where it is. */
  async stopped(): Promise<{ reason: string; at: string }> {
    const stops = () => this.kernel.iopubMessages.filter((m) => m.content.event === "stopped")
    const found = await this.kernel.until(() => stops()[this.#read])
    this.#read++
    const [top] = await this.frames()
    return { reason: (found.content.body as { reason: string }).reason, at: `${top!.name}:${top!.line}` }
  }

  async frames(): Promise<StackFrame[]> {
    return (await this.ask<{ stackFrames: StackFrame[] }>("stackTrace", { threadId: 1 })).stackFrames
  }

  async evaluate(expression: string, context = "repl"): Promise<string> {
    return (await this.ask<{ result: string }>("evaluate", { expression, context })).result
  }

  /** What is in the first scope of the innermost frame. */
  async locals(): Promise<Map<string, Variable>> {
    const [frame] = await this.frames()
    const { scopes } = await this.ask<{ scopes: Scope[] }>("scopes", { frameId: frame!.id })
    return this.inside(scopes[0]!)
  }

  async inside({ variablesReference }: Pick<Variable, "variablesReference">): Promise<Map<string, Variable>> {
    const { variables } = await this.ask<{ variables: Variable[] }>("variables", { variablesReference })
    return new Map(variables.map((variable) => [variable.name, variable]))
  }

  /** Goes on, to the end of the cell. */
  async finish(id: string): Promise<Execution> {
    await this.ask("continue", { threadId: 1 })
    const done = await this.kernel.finished(id)
    expect(this.kernel.iopubMessages.filter((m) => m.content.event === "stopped").length).toBe(this.#read)
    return done
  }
}
