import type { StreamName } from "./bridge.js"

type Publish = (parent: string, name: StreamName, text: string) => void

interface Piece {
  parent: string
  name: StreamName
  texts: string[]
}

/**
 * Joins what cells print into few messages: servers drop iopub traffic above 1,000 messages a second. Pieces
 * keep their order; a new one starts wherever the cell or the stream changes.
 */
export class StreamBuffer {
  #pieces: Piece[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(
    readonly publish: Publish,
    readonly delayMs = 30,
  ) {}

  write(parent: string, name: StreamName, text: string): void {
    const last = this.#pieces.at(-1)
    if (last?.parent === parent && last.name === name) last.texts.push(text)
    else this.#pieces.push({ parent, name, texts: [text] })
    this.#timer ??= setTimeout(() => this.flush(), this.delayMs)
  }

  /** Publishes everything now: before any other message, so that a reader sees things in their order. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const pieces = this.#pieces
    this.#pieces = []
    for (const { parent, name, texts } of pieces) this.publish(parent, name, texts.join(""))
  }
}
