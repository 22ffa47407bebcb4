import { type InspectOptions, inspect, types } from "node:util"
import { inReaderPlaces } from "../cell-frames.js"
import { first } from "./first.js"
import { formatCount } from "./format-number.js"

/** Characters of text that an output carries at most: a notebook keeps them all. */
const longestText = 100_000

/** Parts of a value that are printed at most; a part takes some ten characters. */
const mostParts = 10_000

/** Properties that are printed of an object that has more than these parts. */
const mostProperties = 1000

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
    if (depth >= 0) return cutText(inReaderPlaces(inspect(value, { ...options, depth })))
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
  let count = 0
  for (let depth = 0; depth <= most && level.length > 0; depth++) {
    const next: unknown[] = []
    for (const whole of level) {
      const parts = partsOf(whole)
      count += parts.length
      if (count > mostParts) return depth - 1
      next.push(...parts.filter((part) => typeof part === "object"))
    }
    level = next
  }
  return most
}

/** What is printed inside a value, one level down. Runs no getter and no proxy's trap. */
function partsOf(value: unknown): unknown[] {
  if (value === null || typeof value !== "object") return []
  if (types.isProxy(value) || types.isModuleNamespaceObject(value)) return []
  if (types.isMap(value)) return first(Map.prototype.entries.call(value), mostElements).flat()
  if (types.isSet(value)) return first(Set.prototype.values.call(value), mostElements)
  const partAt = (key: PropertyKey): unknown => Object.getOwnPropertyDescriptor(value, key)?.value
  if (Array.isArray(value) || types.isTypedArray(value))
    return Array.from({ length: Math.min(value.length, mostElements) }, (_, i) => partAt(i))
  return Object.keys(value)
    .slice(0, mostParts + 1)
    .map(partAt)
}

/** An object with too many properties: the first of them in an object of the same class. */
function inspectFirst(value: object, options: InspectOptions): string {
  // What prints itself, or is printed as more than its properties, needs to be whole.
  if (inspect.custom in value || Symbol.iterator in value) return inspect(value, { ...options, depth: 0 })
  const keys = Object.keys(value)
  const few = Object.create(Object.getPrototypeOf(value)) as object
  for (const key of keys.slice(0, mostProperties))
    Object.defineProperty(few, key, Object.getOwnPropertyDescriptor(value, key)!)
  const more = `… ${formatCount(keys.length - mostProperties)} more properties`
  return `${inspect(few, { ...options, depth: 0 })}\n${more}`
}
