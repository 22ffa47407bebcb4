import { format, formatWithOptions, inspect, stripVTControlCharacters } from "node-inspect-extracted"
import { isDeepStrictEqual } from "./deep-equal.js"
import { types } from "./util-types.js"

export { format, formatWithOptions, inspect, isDeepStrictEqual, stripVTControlCharacters, types }

type Callback = (error: unknown, value?: unknown) => void
type Promising = (...args: unknown[]) => Promise<unknown>

/** A function that takes a callback, as one that gives a promise. */
export function promisify(take: (...args: never[]) => unknown): Promising {
  const own = (take as object as { [name: symbol]: Promising | undefined })[promisify.custom]
  if (own) return own
  return function (this: unknown, ...args: unknown[]) {
    return new Promise((resolve, reject) => {
      const settle: Callback = (error, value) => (error ? reject(error) : resolve(value))
      Reflect.apply(take, this, [...args, settle])
    })
  }
}
promisify.custom = Symbol.for("nodejs.util.promisify.custom")

export function deprecate<T>(what: T): T {
  return what
}

export function inherits(of: { prototype: object }, from: { prototype: object }): void {
  Object.setPrototypeOf(of.prototype, from.prototype)
}

/** Says nothing: what NODE_DEBUG would ask for has no place in a page. */
export function debuglog(): () => void {
  return () => undefined
}

export const { TextDecoder, TextEncoder } = globalThis
export default {
  ...{ format, formatWithOptions, inspect, isDeepStrictEqual, stripVTControlCharacters, types },
  ...{ promisify, deprecate, inherits, debuglog, TextDecoder, TextEncoder },
}
