import type { Activity } from "../activity.js"
import { plainText } from "../values/plain-text.js"
import { guarded } from "./guard.js"

/**
 * Runs a compiled body that yields what it awaits. Every part between two awaits runs below the guard; a Stop while
 * it waits throws at the `await`, so that `finally` blocks of the cell run.
 */
export async function drive(body: Generator<unknown, unknown, unknown>, activity: Activity): Promise<void> {
  let step = guarded(() => body.next())
  while (!step.done) {
    let value: unknown
    let failed = false
    try {
      value = await activity.stoppable(step.value)
    } catch (error) {
      value = error
      failed = true
    }
    step = failed ? guarded(() => body.throw(value)) : guarded(() => body.next(value))
  }
}

/** What a compiled `for await` asks for its values: its steps as promises, which only `drive` awaits. */
export class ForAwait {
  value: unknown
  /** Whether the iterator has to be closed when the loop is left. */
  open = false
  readonly #iterator: AsyncIterator<unknown> | Iterator<unknown>
  readonly #next: unknown
  readonly #isAsync: boolean

  constructor(iterable: AsyncIterable<unknown> | Iterable<unknown>) {
    const asynchronous = (iterable as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator]
    this.#isAsync = asynchronous !== undefined && asynchronous !== null
    const begin = asynchronous ?? (iterable as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator]
    // As the engine says it of a loop of its own.
    if (typeof begin !== "function") throw new TypeError(`${plainText(iterable)} is not async iterable`)
    const kind = this.#isAsync ? "asyncIterator" : "iterator"
    const iterator: unknown = Reflect.apply(begin, iterable, [])
    if (!isObject(iterator)) throw new TypeError(`Result of the Symbol.${kind} method is not an object`)
    this.#iterator = iterator as unknown as AsyncIterator<unknown>
    // Asked for once, as by the engine.
    this.#next = this.#iterator.next
  }

  async next(): Promise<{ done: boolean }> {
    this.open = false
    const { done, value } = await this.#result(this.#next)
    // Of a plain iterable the values may be promises, as ECMAScript has it.
    this.value = this.#isAsync ? value : await value
    this.open = !done
    return { done: Boolean(done) }
  }

  /** The loop was left. */
  async close(): Promise<void> {
    this.open = false
    const { return: end } = this.#iterator
    if (end === undefined || end === null) return
    const { value } = await this.#result(end)
    if (!this.#isAsync) await value
  }

  /** The loop was left by an error, which counts more than what closing throws. */
  async fail(error: unknown): Promise<never> {
    if (this.open) await this.close().catch(() => {})
    throw error
  }

  async #result(step: unknown): Promise<IteratorResult<unknown>> {
    if (typeof step !== "function") throw new TypeError(`${plainText(step)} is not a function`)
    const made: unknown = Reflect.apply(step, this.#iterator, [])
    const result = this.#isAsync ? await made : made
    if (!isObject(result)) throw new TypeError(`Iterator result ${plainText(result)} is not an object`)
    return result as IteratorResult<unknown>
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function"
}
