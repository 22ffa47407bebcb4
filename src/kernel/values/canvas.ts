import type { Mimebundle } from "../dict.js"
import { imageBundle } from "./image-bytes.js"
import type { Specimen } from "./specimen.js"

/** How canvases of one library and another give their picture as PNG. */
const encoders: readonly [method: string, argument: string][] = [
  ["toDataURL", "image/png"],
  ["encode", "png"],
]

/** A canvas, with its picture. Where the library encodes in the background, a promise. */
export function showCanvas(specimen: Specimen): Mimebundle | Promise<Mimebundle | undefined> | undefined {
  if (!specimen.has("getContext") || !isExtent(specimen.get("width")) || !isExtent(specimen.get("height")))
    return undefined
  for (const [method, argument] of encoders) {
    const made = specimen.call(method, argument)
    if (made instanceof Promise) return made.then(pictureOf)
    const picture = pictureOf(made)
    if (picture) return picture
  }
  return undefined
}

function isExtent(value: unknown): boolean {
  return typeof value === "number" && value > 0
}

function pictureOf(made: unknown): Mimebundle | undefined {
  if (made instanceof Uint8Array) return imageBundle(made)
  const base64 = typeof made === "string" ? /^data:image\/[^,]*;base64,(.+)$/s.exec(made)?.[1] : undefined
  return base64 === undefined ? undefined : imageBundle(Buffer.from(base64, "base64"))
}
