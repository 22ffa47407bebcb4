import { readFileSync } from "node:fs"
import { PrelabError } from "../error.js"
import { Snippet } from "./snippets.js"
import { bytesOf } from "./values/bytes.js"
import { imageBundle } from "./values/image-bytes.js"

/** Shows a picture: the bytes of a PNG, JPEG, GIF, WebP, AVIF, BMP or SVG file, or the file's path. */
export function image(source: string | URL | ArrayBuffer | ArrayBufferView): Snippet {
  const isPath = typeof source === "string" || source instanceof URL
  const bytes = isPath ? readPicture(source) : bytesOf(source)
  const bundle = bytes && imageBundle(bytes)
  if (bundle) return new Snippet(bundle)
  throw new PrelabError("not a picture", isPath ? String(source) : `${bytes?.length ?? 0} bytes`, {
    hint: "PNG, JPEG, GIF, WebP, AVIF, BMP and SVG files are",
  })
}

function readPicture(path: string | URL): Uint8Array {
  if (/^https?:/.test(String(path)))
    throw new PrelabError("not a local file", String(path), {
      hint: "fetch it first: image(await (await fetch(address)).arrayBuffer())",
    })
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new PrelabError("cannot read picture", String(path), { cause })
  }
}
