import type { Dict } from "./dict.js"
import type { Allowance, Pace } from "./pace.js"

/** Something to publish for a request, and what the cell's thread counts it as. */
export interface Output {
  parent: string
  msgType: string
  content: Dict
  contentJson?: Uint8Array | undefined
  metadata?: Dict | undefined
  buffers?: Uint8Array[] | undefined
  weight: number
}

export interface OutboxOptions {
  pace: Pace
  send: (output: Output) => void
  /** Called when this much is no longer on its way. */
  gone: (weight: number) => void
  /** How long printed text waits for more. */
  delayMs?: number
}

/** How often, and by which part of what is left, output goes on that was held back: evenly, not in bursts. */
const tickMs = 100
const share = 1 / 4

/** A printed text is split no smaller than this. */
const leastLength = 16_384

/** About what a stream message is besides its text: headers, signature, braces. */
const envelopeBytes = 1000

/**
 * Output on its way to the readers, in its order. Printed text is joined into few messages; what a Jupyter server
 * would drop for being too much is held back instead, and only then do updates of one display replace each other.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #delayMs: number
  #queue: Output[] = []
  #held = false
  #timer: NodeJS.Timeout | undefined
  #waiting: { parent: string; done: () => void }[] = []

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#delayMs = options.delayMs ?? 30
  }

  add(output: Output): void {
    if (output.msgType === "stream") {
      if (!this.#join(output)) this.#queue.push(output)
      this.#timer ??= setTimeout(() => this.flush(), this.#delayMs)
      return
    }
    if (this.#held) this.#replaceUpdate(output)
    this.#queue.push(output)
    if (!this.#held) this.flush()
  }

  /** Sends what may be sent now. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const budget = this.#budget()
    while (this.#queue.length > 0 && this.#sendFirst(budget)) {}
    this.#held = this.#queue.length > 0
    if (this.#held) this.#timer = setTimeout(() => this.flush(), tickMs)
    const [done, waiting] = partition(this.#waiting, ({ parent }) => !this.#has(parent))
    this.#waiting = waiting
    for (const each of done) each.done()
  }

  /** Resolves when everything of this request is out: its reply comes after its output. */
  settled(parent: string): Promise<void> {
    if (!this.#has(parent)) return Promise.resolve()
    return new Promise((done) => {
      this.#waiting.push({ parent, done })
      this.flush()
    })
  }

  #has(parent: string): boolean {
    return this.#queue.some((output) => output.parent === parent)
  }

  /** Text goes to the end of what the same request has printed last on the same stream. */
  #join(output: Output): boolean {
    const last = this.#queue.findLast(({ parent }) => parent === output.parent)
    if (last?.msgType !== "stream" || last.content.name !== output.content.name) return false
    last.content.text = textOf(last) + textOf(output)
    last.weight += output.weight
    return true
  }

  #replaceUpdate(output: Output): void {
    const id = updatedDisplay(output)
    if (id === undefined) return
    const [replaced, queue] = partition(
      this.#queue,
      (other) => other.parent === output.parent && updatedDisplay(other) === id,
    )
    this.#queue = queue
    for (const { weight } of replaced) this.#options.gone(weight)
  }

  #budget(): Allowance {
    const { pace } = this.#options
    const end = pace.left(true)
    if (this.#waiting.length > 0 && this.#fits(end)) return end
    const { messages, bytes } = pace.left(false)
    return this.#held ? { messages: Math.ceil(messages * share), bytes: bytes * share } : { messages, bytes }
  }

  #fits({ messages, bytes }: Allowance): boolean {
    if (this.#queue.length > messages) return false
    let rest = bytes
    return this.#queue.every((output) => {
      // No character is less than a byte: what is hopelessly long is not measured.
      if (isPrinted(output)) rest -= textOf(output).length > rest ? rest + 1 : printedBytes(textOf(output))
      return rest >= 0
    })
  }

  /** False when the budget does not reach. */
  #sendFirst(budget: Allowance): boolean {
    if (budget.messages < 1) return false
    const first = this.#queue[0]!
    let output = first
    if (isPrinted(first)) {
      const text = textOf(first)
      const length = fittingLength(text, budget.bytes)
      if (length < Math.min(text.length, leastLength)) return false
      if (length < text.length) output = cut(first, length)
    }
    if (output === first) this.#queue.shift()
    const bytes = isPrinted(output) ? printedBytes(textOf(output)) : 0
    budget.messages--
    budget.bytes -= bytes
    const { pace, send, gone } = this.#options
    send(output)
    pace.spend(bytes)
    gone(output.weight)
    return true
  }
}

/** Servers count the bytes of printed text alone. */
function isPrinted({ msgType }: Output): boolean {
  return msgType === "stream"
}

function textOf({ content }: Output): string {
  return content.text as string
}

function printedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) + envelopeBytes
}

/** How much of a text goes into a message of this size, never ending between the halves of a character. */
function fittingLength(text: string, bytes: number): number {
  if (bytes <= envelopeBytes) return 0
  // No character is less than a byte.
  const head = text.slice(0, bytes)
  const needed = printedBytes(head)
  if (needed <= bytes) return head.length
  const length = Math.floor((head.length * (bytes - envelopeBytes)) / (needed - envelopeBytes))
  return isHighSurrogate(text.charCodeAt(length - 1)) ? length - 1 : length
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** Takes the first part of a long text off. */
function cut(output: Output, length: number): Output {
  const text = textOf(output)
  const weight = Math.round(output.weight * (length / text.length))
  const first = { ...output, content: { ...output.content, text: text.slice(0, length) }, weight }
  output.content.text = text.slice(length)
  output.weight -= weight
  return first
}

function updatedDisplay({ msgType, content }: Output): unknown {
  if (msgType !== "update_display_data") return undefined
  return (content.transient as Dict | undefined)?.display_id
}

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []]
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
