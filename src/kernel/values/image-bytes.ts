import type { Mimebundle } from "../dict.js"
import { html } from "../snippets.js"
import { bytesOf } from "./bytes.js"
import { formatCount } from "./format-number.js"
import { imageFormat } from "./image-format.js"
import type { Specimen } from "./specimen.js"
import { withNamespace } from "./svg-text.js"

/** Bytes that are a picture, by their signature. */
export function showImage({ value }: Specimen): Mimebundle | undefined {
  const bytes = bytesOf(value)
  return bytes && imageBundle(bytes)
}

/** The bundle of a picture's file; undefined if it is none. */
export function imageBundle(bytes: Uint8Array): Mimebundle | undefined {
  const format = imageFormat(bytes)
  if (!format) return svgBundle(bytes)
  const { type, name, size } = format
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")
  const extent = size ? ` ${size[0]} × ${size[1]},` : ""
  const text = `${name} image,${extent} ${formatCount(bytes.length)} bytes`
  // Every page shows PNG, JPEG and GIF; the others some browsers know and notebooks do not.
  const known = ["image/png", "image/jpeg", "image/gif"].includes(type)
  const picture = html`<img alt="${text}" style="max-width:100%" src="data:${type};base64,${base64}">`
  return { ...(known ? {} : { "text/html": String(picture) }), [type]: base64, "text/plain": text }
}

/** SVG is text: a tag, perhaps after a declaration, comments and a document type. */
function svgBundle(bytes: Uint8Array): Mimebundle | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (
    !/^\ufeff?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/.test(
      file.toString("utf8", 0, 2000),
    )
  )
    return undefined
  const text = `SVG image, ${formatCount(bytes.length)} bytes`
  return { "image/svg+xml": withNamespace(file.toString("utf8")), "text/plain": text }
}
