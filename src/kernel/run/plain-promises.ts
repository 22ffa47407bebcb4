import { inspect } from "node:util"

/** What async hooks write into every promise (Node 20 and 22, once an AsyncLocalStorage is in use). */
const marks = new Set(["async_id_symbol", "trigger_async_id_symbol", "kResourceStore"])

/**
 * Lets promises be printed as they are without async hooks: `Promise { 1 }`. Their marks stay where they are, but are
 * no longer listed.
 */
export function printPromisesPlainly(): void {
  Object.defineProperty(Promise.prototype, inspect.custom, {
    configurable: true,
    writable: true,
    enumerable: false,
    value(this: Promise<unknown>, _depth: number, options: object, print: typeof inspect) {
      if (!Object.isExtensible(this)) return print(this, { ...options, customInspect: false })
      for (const mark of Object.getOwnPropertySymbols(this))
        if (marks.has(mark.description ?? "")) Object.defineProperty(this, mark, { enumerable: false })
      // Hides this method from the printer, which would call it for ever.
      Object.defineProperty(this, inspect.custom, { configurable: true, enumerable: false, value: undefined })
      try {
        return print(this, options)
      } finally {
        delete (this as { [inspect.custom]?: unknown })[inspect.custom]
      }
    },
  })
}
