import { type InspectOptions, inspect, types } from "node:util"
import { formatCount } from "./format-number.js"

/** Characters of text that an output carries at most: a notebook keeps them all. */
const longestText = 100_000

/** Parts of a value that are printed at most; a part takes some ten characters. */
const mostParts = 10_000

/** Node's own limit for the elements of one array, Map or Set. */
const mostElements = 100

/**
 * The value as Node prints it, within bounds: what is too large as a whole is printed less deep. A value whose
 * own inspection fails is named by its class.
 */
export function plainText(value: unknown, options: InspectOptions = {}): string {
  try {
    const most = options.depth ?? 4
    const depth = depthWithin(value, most)
    if (depth >= 0) return cutText(inspect(value, { ...options, depth }))
    return cutText(inspectFirst(value as object, options))
  } catch {
    return tagOf(value)
  }
}

/** The text, or its beginning and how much is left out. */
export function cutText(text: string, longest = longestText): string {
  if (text.length <= longest) return text
  const lineEnd = text.lastIndexOf("\n", longest)
  const end = lineEnd > longest / 2 ? lineEnd : longest
  return `${text.slice(0, end)}\n… ${formatCount(text.length - end)} more characters`
}

function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value)
  } catch {
    return "[object]"
  }
}

/** The depth, down from `most`, to which the value has few enough parts; -1 if its own properties are too many. */
function depthWithin(value: unknown, most: number): number {
  let level: unknown[] = [value]
  let parts = 0
  for (let depth = 0; depth <= most && level.length > 0; depth++) {
    const next: unknown[] = []
    for (const part of level) {
      parts += addParts(part, next)
      if (parts > mostParts) return depth - 1
    }
    level = next
  }
  return most
}

/** Adds the parts of a value that are objects; gives the number of all parts. Runs no getter and no proxy's trap. */
function addParts(value: unknown, parts: unknown[]): number {
  if (value === null || typeof value !== "object" || types.isProxy(value)) return 0
  const add = (part: unknown) => {
    if (part !== null && typeof part === "object") parts.push(part)
  }
  let count = 0
  const addAll = (elements: Iterable<unknown>) => {
    for (const element of elements) {
      if (++count > mostElements) return
      add(element)
    }
  }
  if (ArrayBuffer.isView(value)) return Math.min(mostElements, value.byteLength)
  if (Array.isArray(value)) addAll(Array.prototype.values.call(value))
  else if (types.isMap(value)) for (const entry of Map.prototype.entries.call(value)) addAll(entry)
  else if (types.isSet(value)) addAll(Set.prototype.values.call(value))
  else {
    const keys = Object.keys(value)
    if (keys.length > mostParts) return keys.length
    for (const key of keys) add(Object.getOwnPropertyDescriptor(value, key)?.value)
    count = keys.length
  }
  return count
}

/** An object with too many properties: the first of them in an object of the same class. */
function inspectFirst(value: object, options: InspectOptions): string {
  if (!(Symbol.iterator in value) && !(inspect.custom in value)) {
    const keys = Object.keys(value)
    const few = Object.create(Object.getPrototypeOf(value)) as object
    for (const key of keys.slice(0, 1000))
      Object.defineProperty(few, key, Object.getOwnPropertyDescriptor(value, key)!)
    const more = `… ${formatCount(keys.length - 1000)} more properties`
    return `${inspect(few, { ...options, depth: 0 })}\n${more}`
  }
  return inspect(value, { ...options, depth: 0 })
}
