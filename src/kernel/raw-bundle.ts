import type { Mimebundle } from "./dict.js"
import { plainJson } from "./plain-json.js"

/** One value for every MIME type: text as a string, JSON types as JSON, bytes as base64. */
export function rawBundle(bundle: object): Mimebundle {
  const entries = Object.entries(bundle).filter(([, data]) => data !== undefined)
  return Object.fromEntries(entries.map(([type, data]) => [type, dataOf(type, data)]))
}

function dataOf(type: string, data: unknown): unknown {
  if (data instanceof Uint8Array) return Buffer.from(data).toString("base64")
  if (/^application\/(.*\+)?json$/.test(type)) return plainJson(data)
  if (Array.isArray(data)) return data.join("")
  return typeof data === "string" ? data : String(data)
}
