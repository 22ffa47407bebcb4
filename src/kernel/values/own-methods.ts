import type { Mimebundle } from "../dict.js"
import { rawBundle } from "../raw-bundle.js"
import { imageBundle } from "./image-bytes.js"
import type { Specimen } from "./specimen.js"

type Accept = (data: unknown) => Mimebundle | undefined

/**
 * Methods by which libraries written for IJavascript show their objects, and what Arquero's and other tables
 * call the same. Richest first.
 */
const methods: readonly [name: string, accept: Accept][] = [
  ["_toMime", (data) => (data !== null && typeof data === "object" ? rawBundle(data) : undefined)],
  ["_toHtml", text("text/html")],
  ["toHTML", text("text/html")],
  ["toHtml", text("text/html")],
  ["_toSvg", text("image/svg+xml")],
  ["toSVG", text("image/svg+xml")],
  ["toSvg", text("image/svg+xml")],
  ["_toPng", picture],
  ["_toJpeg", picture],
]

/** Objects with methods that give their HTML, SVG or picture. */
export function showOwnMethods(specimen: Specimen): Mimebundle | undefined {
  const bundle: Mimebundle = {}
  for (const [name, accept] of methods) {
    // Without the underscore it is a name like any other; one that wants arguments means something else.
    const method = specimen.get(name)
    if (typeof method !== "function" || (!name.startsWith("_") && method.length > 0)) continue
    for (const [type, data] of Object.entries(accept(specimen.call(name)) ?? {})) bundle[type] ??= data
  }
  return Object.keys(bundle).length > 0 ? bundle : undefined
}

function text(type: string): Accept {
  return (data) => (typeof data === "string" ? { [type]: data } : undefined)
}

/** Bytes, or their base64. The object's own text says more than the picture's size. */
function picture(data: unknown): Mimebundle | undefined {
  const bytes = typeof data === "string" ? Buffer.from(data, "base64") : data
  const bundle = bytes instanceof Uint8Array ? imageBundle(bytes) : undefined
  delete bundle?.["text/plain"]
  return bundle
}
