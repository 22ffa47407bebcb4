import { expect } from "vitest"
import type { Dict } from "../../src/kernel/dict.js"
import { below, pick, type Random } from "../fuzz/random.js"
import { type Execution, KernelClient, resultText } from "../kernel/client.js"

type Kind = "let" | "const" | "function" | "class"

interface Declared {
  kind: Kind
  value: number
}

/** How a name of each kind is declared with a value, and how a cell gets the value out again. */
const kinds: Record<
  Kind,
  { declare: (name: string, value: number) => string; read: (name: string) => string }
> = {
  let: { declare: (name, value) => `let ${name} = ${value}`, read: (name) => name },
  const: { declare: (name, value) => `const ${name} = ${value}`, read: (name) => name },
  function: {
    declare: (name, value) => `function ${name}(): number { return ${value} }`,
    read: (name) => `${name}()`,
  },
  class: {
    declare: (name, value) => `class ${name} { readonly value: number = ${value} }`,
    read: (name) => `new ${name}().value`,
  },
}

/** A kernel, and what its state has to be after everything that was asked of it. */
export class World {
  readonly #declared = new Map<string, Declared>()
  #count = 0
  #own = new Set<string>()

  constructor(
    readonly kernel: KernelClient,
    readonly random: Random,
  ) {}

  static async start(random: Random): Promise<World> {
    return new World(await KernelClient.start(), random)
  }

  /** Declares one of a few names anew, whatever it was before; gives the code that does. */
  declare(): { code: string; name: string; value: number } {
    const name = `v${below(this.random, 12)}`
    const kind = pick(this.random, Object.keys(kinds) as Kind[])
    const value = below(this.random, 1000)
    this.#declared.set(name, { kind, value })
    return { code: kinds[kind].declare(name, value), name, value }
  }

  /** The code that sums up a few declared names, and what comes out. */
  sum(): { code: string; value: number } {
    const chosen = [...this.#declared].filter(() => this.random() < 0.4)
    return {
      code: ["0", ...chosen.map(([name, { kind }]) => kinds[kind].read(name))].join(" + "),
      value: chosen.reduce((sum, [, { value }]) => sum + value, 0),
    }
  }

  /** The code that assigns to a variable that allows it; an empty statement where there is none. */
  assign(): string {
    const variables = [...this.#declared].filter(([, { kind }]) => kind === "let")
    if (variables.length === 0) return ";"
    const [name, declared] = pick(this.random, variables)
    declared.value = below(this.random, 1000)
    return `${name} = ${declared.value}`
  }

  /** Runs a cell that must end well; gives it with the text of its result. */
  async cell(code: string, more: Dict = {}): Promise<Execution & { text: string | undefined }> {
    const execution = await this.finished(await this.sendCell(code, more))
    expect(execution.reply.content, code).toMatchObject({ status: "ok" })
    return { ...execution, text: resultText(execution) }
  }

  /** Runs a cell that must end with an error of this name, once on the page and once in the reply. */
  async failing(code: string, ename: string): Promise<Execution> {
    const execution = await this.finished(await this.sendCell(code))
    this.expectError(execution, ename)
    return execution
  }

  expectError({ reply, outputs }: Execution, ename: string): void {
    expect(reply.content).toMatchObject({ status: "error", ename })
    const errors = outputs.filter((m) => m.header.msg_type === "error")
    expect(errors.map((m) => m.content.ename)).toEqual([ename])
  }

  /** Sends a cell that begins with a line of output, and interrupts it once that line is here. */
  async interrupted(code: string): Promise<Execution> {
    const id = await this.sendCell(`console.log("begun")\n${code}`)
    await this.kernel.until(() =>
      this.kernel.of(id).some((m) => String(m.content.text).startsWith("begun\n")),
    )
    const { content } = await this.request("interrupt_request", {}, "control")
    expect(content.status).toBe("ok")
    return this.finished(id)
  }

  async sendCell(code: string, more: Dict = {}): Promise<string> {
    const id = await this.kernel.sendCell(code, more)
    this.#own.add(id)
    return id
  }

  /** A cell's reply and messages; counts along. */
  async finished(id: string): Promise<Execution> {
    const execution = await this.kernel.finished(id)
    if (execution.reply.content.status !== "aborted") this.#count++
    expect(execution.reply.content.execution_count).toBe(this.#count)
    return execution
  }

  async request(type: string, content: object, channel: "shell" | "control" = "shell") {
    return this.replyTo(await this.send(type, content, channel))
  }

  async send(type: string, content: object, channel: "shell" | "control" = "shell"): Promise<string> {
    const id = await this.kernel.send(channel, type, content)
    this.#own.add(id)
    return id
  }

  /** What a comm message makes the kernel publish until it is idle again. */
  async comm(type: string, content: object) {
    const id = await this.send(type, content)
    await this.#idle(id)
    return this.kernel.of(id).filter((m) => m.header.msg_type !== "status")
  }

  async replyTo(id: string) {
    const reply = await this.kernel.replyTo(id)
    await this.#idle(id)
    return reply
  }

  /** Forgets the messages so far; nothing may have come for anything that had been idle before. */
  settle(): void {
    const strangers = this.kernel.iopubMessages.filter(
      (m) => m.header.msg_type !== "status" && !this.#own.has(String(m.parentHeader.msg_id)),
    )
    expect(strangers.filter((m) => m.parentHeader.msg_id !== undefined)).toEqual([])
    this.kernel.iopubMessages.length = 0
    this.kernel.replies.clear()
    this.#own.clear()
  }

  async #idle(id: string): Promise<void> {
    await this.kernel.until(() => this.kernel.of(id).some((m) => m.content.execution_state === "idle"))
  }
}
