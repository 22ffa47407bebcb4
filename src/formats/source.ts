import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { PrelabError } from "../error.js"
import { maxBytes, readWhole } from "./read-whole.js"

/** A path, a `file:` or `https:` URL, or the bytes themselves. */
export type Source = string | URL | Uint8Array

/**
 * The bytes of a source; gzip is undone.
 * @throws PrelabError when the file is missing or not readable
 */
export async function readSource(source: Source): Promise<Uint8Array> {
  const bytes = source instanceof Uint8Array ? source : await readNamed(source)
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes })
  } catch (cause) {
    throw new PrelabError("damaged gzip file", nameOf(source) ?? "bytes", { cause })
  }
}

/** What messages call a source; undefined for bytes. */
export function nameOf(source: Source): string | undefined {
  if (source instanceof Uint8Array) return undefined
  return source instanceof URL ? source.href : source
}

async function readNamed(source: string | URL): Promise<Uint8Array> {
  const text = String(source)
  if (/^https?:/.test(text)) return download(text)
  const path = text.startsWith("file:") ? fileURLToPath(text) : text
  try {
    return await readWhole(path)
  } catch (cause) {
    if (cause instanceof PrelabError) throw cause
    const { code } = cause as NodeJS.ErrnoException
    const what =
      code === "ENOENT"
        ? "no such file"
        : code === "EISDIR"
          ? "is a folder"
          : code === "EACCES"
            ? "not allowed to read"
            : "cannot read file"
    throw new PrelabError(what, path, { cause })
  }
}

/** Fetches a URL, telling `progress` the bytes so far and the total where the server states it. */
export async function download(
  url: string,
  progress?: (bytes: number, total: number | undefined) => void,
): Promise<Uint8Array> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (cause) {
    const hint = "a page reads only what its own site has, and sites that allow it"
    throw new PrelabError("cannot reach", url, "location" in globalThis ? { cause, hint } : { cause })
  }
  if (!response.ok || response.body === null)
    throw new PrelabError("download failed", `${response.status} ${url}`)
  const total = Number(response.headers.get("content-length")) || undefined
  const parts: Uint8Array[] = []
  let bytes = 0
  // Not every browser has bodies that one can loop over.
  const reader = response.body.getReader()
  for (;;) {
    const { value: part } = await reader.read()
    if (!part) break
    parts.push(part)
    bytes += part.length
    if (bytes > maxBytes) {
      await reader.cancel()
      throw new PrelabError("download larger than 2 GiB", url)
    }
    progress?.(bytes, total)
  }
  return Buffer.concat(parts)
}
