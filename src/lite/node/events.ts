type Name = string | symbol
type Listener = (...args: never[]) => unknown

interface Entry {
  readonly listener: Listener
  readonly once: boolean
}

/** Node's event emitter, without what only its own streams ask of it. */
export class EventEmitter {
  static defaultMaxListeners = 10
  static once = once
  static EventEmitter = EventEmitter
  #entries: Map<Name, readonly Entry[]> | undefined

  on(name: Name, listener: Listener): this {
    return this.#set(name, [...this.#of(name), { listener, once: false }])
  }

  once(name: Name, listener: Listener): this {
    return this.#set(name, [...this.#of(name), { listener, once: true }])
  }

  prependListener(name: Name, listener: Listener): this {
    return this.#set(name, [{ listener, once: false }, ...this.#of(name)])
  }

  prependOnceListener(name: Name, listener: Listener): this {
    return this.#set(name, [{ listener, once: true }, ...this.#of(name)])
  }

  /** The listener that was added last, if it was added several times. */
  off(name: Name, listener: Listener): this {
    const entries = this.#of(name)
    const at = entries.findLastIndex((entry) => entry.listener === listener)
    return at < 0 ? this : this.#set(name, entries.toSpliced(at, 1))
  }

  /** @throws what is emitted as `error` where nobody listens */
  emit(name: Name, ...args: unknown[]): boolean {
    const entries = this.#of(name)
    if (entries.length === 0 && name === "error")
      throw args[0] instanceof Error ? args[0] : new Error(`Unhandled error. (${args[0]})`)
    for (const { listener, once } of entries) {
      if (once) this.off(name, listener)
      Reflect.apply(listener, this, args)
    }
    return entries.length > 0
  }

  removeAllListeners(name?: Name): this {
    if (name === undefined) this.#entries = undefined
    else this.#entries?.delete(name)
    return this
  }

  listeners(name: Name): Listener[] {
    return this.#of(name).map(({ listener }) => listener)
  }

  listenerCount(name: Name): number {
    return this.#of(name).length
  }

  eventNames(): Name[] {
    return [...(this.#entries?.keys() ?? [])]
  }

  /** Nothing is counted here. */
  setMaxListeners(_most: number): this {
    return this
  }

  addListener(name: Name, listener: Listener): this {
    return this.on(name, listener)
  }

  removeListener(name: Name, listener: Listener): this {
    return this.off(name, listener)
  }

  #of(name: Name): readonly Entry[] {
    return this.#entries?.get(name) ?? []
  }

  #set(name: Name, entries: readonly Entry[]): this {
    this.#entries ??= new Map()
    if (entries.length > 0) this.#entries.set(name, entries)
    else this.#entries.delete(name)
    return this
  }
}

/** What the next event of this name brings; fails with the next `error`. */
export function once(emitter: EventEmitter, name: Name): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const happened = (...args: unknown[]) => {
      emitter.off("error", failed)
      resolve(args)
    }
    const failed = (error: unknown) => {
      emitter.off(name, happened)
      reject(error)
    }
    emitter.once(name, happened)
    if (name !== "error") emitter.once("error", failed)
  })
}

export default EventEmitter
