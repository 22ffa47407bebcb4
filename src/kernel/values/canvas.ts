import type { Mimebundle } from "../dict.js"
import { imageBundle } from "./image-bytes.js"
import type { Specimen } from "./specimen.js"

type Encoder = readonly [method: string, argument: string]

/** A picture's address is one whoever gives it; what else is called `encode`, nobody knows. */
const address: Encoder = ["toDataURL", "image/png"]

/** How canvases of one library and another give their picture as PNG. */
const encoders: readonly Encoder[] = [address, ["encode", "png"]]

/**
 * A canvas, or something else that gives its picture as a `data:` URL, with the picture. Where the library encodes in
 * the background, a promise.
 */
export function showCanvas(specimen: Specimen): Mimebundle | Promise<Mimebundle | undefined> | undefined {
  for (const [method, argument] of isCanvas(specimen) ? encoders : [address]) {
    const made = specimen.call(method, argument)
    if (made instanceof Promise) return made.then(pictureOf)
    const picture = pictureOf(made)
    if (picture) return picture
  }
  return undefined
}

function isCanvas(specimen: Specimen): boolean {
  return specimen.has("getContext") && isExtent(specimen.get("width")) && isExtent(specimen.get("height"))
}

function isExtent(value: unknown): boolean {
  return typeof value === "number" && value > 0
}

function pictureOf(made: unknown): Mimebundle | undefined {
  if (made instanceof Uint8Array) return imageBundle(made)
  const base64 = typeof made === "string" ? /^data:image\/[^,]*;base64,(.+)$/s.exec(made)?.[1] : undefined
  return base64 === undefined ? undefined : imageBundle(Buffer.from(base64, "base64"))
}
