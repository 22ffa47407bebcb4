import { inspect } from "node:util"
import type { Mimebundle } from "./dict.js"
import { plainJson } from "./plain-json.js"

/** Objects that show themselves: `[Symbol.for("Jupyter.display")]()` returns their MIME bundle. */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never

export interface Displayable {
  [displaySymbol](): Mimebundle | Promise<Mimebundle>
}

/**
 * How a value is shown: by its own display method, as an image if it holds PNG or JPEG bytes, else as text.
 * Gives a promise only where the value's own method does.
 */
export function mimeBundle(value: unknown): Mimebundle | Promise<Mimebundle> {
  if (isDisplayable(value)) {
    const bundle: unknown = value[displaySymbol]()
    if (bundle instanceof Promise) return bundle.then((made) => ownBundle(made, value))
    return ownBundle(bundle, value)
  }
  return imageBundle(value) ?? { "text/plain": plainText(value) }
}

/** One value for every MIME type: text as a string, JSON types as JSON, bytes as base64. */
export function rawBundle(bundle: object): Mimebundle {
  const entries = Object.entries(bundle).filter(([, data]) => data !== undefined)
  return Object.fromEntries(entries.map(([type, data]) => [type, dataOf(type, data)]))
}

function ownBundle(bundle: unknown, value: unknown): Mimebundle {
  if (bundle === null || typeof bundle !== "object") return { "text/plain": plainText(value) }
  const made = rawBundle(bundle)
  return "text/plain" in made ? made : { ...made, "text/plain": plainText(value) }
}

function dataOf(type: string, data: unknown): unknown {
  if (data instanceof Uint8Array) return Buffer.from(data).toString("base64")
  if (/^application\/(.*\+)?json$/.test(type)) return plainJson(data)
  if (Array.isArray(data)) return data.join("")
  return typeof data === "string" ? data : String(data)
}

function isDisplayable(value: unknown): value is Displayable {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false
  return typeof (value as Partial<Displayable>)[displaySymbol] === "function"
}

/** The value as Node prints it; a value whose own inspection fails is named by its class. */
export function plainText(value: unknown): string {
  try {
    return inspect(value, { depth: 4 })
  } catch {
    return Object.prototype.toString.call(value)
  }
}

const signatures: [type: string, name: string, start: number[]][] = [
  ["image/png", "PNG", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", "JPEG", [0xff, 0xd8, 0xff]],
]

function imageBundle(value: unknown): Mimebundle | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  const found = signatures.find(([, , start]) => start.every((byte, i) => value[i] === byte))
  if (!found) return undefined
  const [type, name] = found
  return {
    [type]: Buffer.from(value).toString("base64"),
    "text/plain": `${name} image, ${value.length} bytes`,
  }
}
