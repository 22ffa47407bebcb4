/** A page that went away leaves its parts behind; more than so many questions at once have none. */
const most = 8

/** How `ask` announces buffers that came before in parts: where they are, and how long each one is. */
export interface PartsOf {
  readonly id: string
  readonly sizes: readonly number[]
}

/**
 * Buffers of questions that are too large for one message: Jupyter's server closes the connection of a page that sends more than 10 MiB
 * at once. Their parts come one after the other, each when the one before was answered.
 */
export class Parts {
  readonly #open = new Map<string, Uint8Array[]>()

  add(id: string, bytes: Uint8Array): void {
    const parts = this.#open.get(id) ?? []
    parts.push(bytes)
    this.#open.set(id, parts)
    const oldest = this.#open.keys().next().value
    if (this.#open.size > most && oldest !== undefined) this.#open.delete(oldest)
  }

  /** @throws Error where parts are missing */
  take({ id, sizes }: PartsOf): Uint8Array[] {
    const parts = this.#open.get(id) ?? []
    this.#open.delete(id)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (parts.reduce((sum, part) => sum + part.length, 0) !== total)
      throw new Error("parts of a message are missing")
    const whole = new Uint8Array(total)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    let from = 0
    // Each in memory of its own, as buffers of one message come.
    return sizes.map((size) => {
      from += size
      return whole.slice(from - size, from)
    })
  }
}
