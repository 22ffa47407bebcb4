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
  readonly #isAsync: boolean

  constructor(iterable: AsyncIterable<unknown> | Iterable<unknown>) {
    const asynchronous = (iterable as Partial<AsyncIterable<unknown>> | undefined)?.[Symbol.asyncIterator]
    this.#isAsync = asynchronous !== undefined && asynchronous !== null
    const begin = asynchronous ?? (iterable as Partial<Iterable<unknown>> | undefined)?.[Symbol.iterator]
    // As the engine says it of a loop of its own.
    if (typeof begin !== "function") throw new TypeError(`${plainText(iterable)} is not async iterable`)
    this.#iterator = Reflect.apply(begin, iterable, [])
  }

  async next(): Promise<{ done: boolean }> {
    this.open = false
    const { done = false, value } = await this.#iterator.next()
    // Of a plain iterable the values may be promises, as ECMAScript has it.
    this.value = this.#isAsync ? value : await value
    this.open = !done
    return { done }
  }

  async close(): Promise<void> {
    this.open = false
    await this.#iterator.return?.()
  }
}
