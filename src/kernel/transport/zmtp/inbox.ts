/** A connection whose bytes can be left where they are. */
export interface Pausable {
  pause(): void
  resume(): void
}

interface Item<T> {
  value: T
  bytes: number
  next?: Item<T>
}

/** So much waits here for a reader that is slow; the rest waits in the connection, and then at its sender. */
export const highWaterBytes = 8 * 2 ** 20

/** What has arrived and is not read yet: a queue without loss, for one reader. */
export class Inbox<T> implements AsyncIterable<T> {
  readonly #paused = new Set<Pausable>()
  #first: Item<T> | undefined
  #last: Item<T> | undefined
  #bytes = 0
  #closed = false
  #wake = () => {}

  push(value: T, bytes: number, from: Pausable): void {
    const item = { value, bytes }
    if (this.#last) this.#last.next = item
    else this.#first = item
    this.#last = item
    this.#bytes += bytes
    if (this.#bytes > highWaterBytes && !this.#paused.has(from)) {
      this.#paused.add(from)
      from.pause()
    }
    this.#wake()
  }

  /** Ends the reader's loop once it has read what is here. */
  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.#first
      if (item) {
        this.#remove(item)
        yield item.value
      } else if (this.#closed) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  #remove(item: Item<T>): void {
    this.#first = item.next
    if (!item.next) this.#last = undefined
    this.#bytes -= item.bytes
    if (this.#bytes > highWaterBytes / 2) return
    for (const connection of this.#paused) connection.resume()
    this.#paused.clear()
  }
}
