import { isDeepStrictEqual } from "node:util"
import { isPlainObject } from "./widget-buffers.js"

/** A widget inside another one's state travels as this and its id. */
export const modelPrefix = "IPY_MODEL_"

/**
 * Whether a page would see the same. Objects with a class of their own, such as widgets, equal themselves alone; typed arrays and dates
 * equal others with the same contents.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  if (isPlainObject(a) && isPlainObject(b)) {
    const keys = Object.keys(a)
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
    )
  }
  return (ArrayBuffer.isView(a) || a instanceof Date || a instanceof ArrayBuffer) && isDeepStrictEqual(a, b)
}

/** A page's value with the widgets that it names in the place of their names. */
export function withWidgets(value: unknown, find: (id: string) => unknown): unknown {
  if (typeof value === "string" && value.startsWith(modelPrefix))
    return find(value.slice(modelPrefix.length)) ?? value
  if (Array.isArray(value)) return value.map((item) => withWidgets(item, find))
  if (!isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withWidgets(item, find)]))
}
