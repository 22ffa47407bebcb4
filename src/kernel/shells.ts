import { randomUUID } from "node:crypto"
import { inspect } from "node:util"

interface Queue {
  abortWaiting(): void
}

/**
 * The main shell and the subshells that clients have made: each runs its cells one after the other, beside the
 * others. All of them share the one thread with the cells, so that they take turns wherever one of them awaits.
 */
export class Shells<Q extends Queue> {
  readonly #main: Q
  readonly #subshells = new Map<string, Q>()

  constructor(readonly makeQueue: () => Q) {
    this.#main = makeQueue()
  }

  create(): string {
    const id = randomUUID()
    this.#subshells.set(id, this.makeQueue())
    return id
  }

  /** What runs in it goes on to its end, what waits is aborted. False where there is none. */
  delete(id: unknown): boolean {
    this.find(id)?.abortWaiting()
    return this.#subshells.delete(id as string)
  }

  ids(): string[] {
    return [...this.#subshells.keys()]
  }

  /** The shell a header names; without a name, the main one. */
  find(id: unknown): Q | undefined {
    return id === undefined || id === null ? this.#main : this.#subshells.get(id as string)
  }

  abortWaiting(): void {
    for (const queue of [this.#main, ...this.#subshells.values()]) queue.abortWaiting()
  }
}

/** An id may be whatever a client has sent. */
export function noSuchShell(id: unknown): string {
  return `no such subshell: ${typeof id === "string" ? id : inspect(id)}`
}
