import { closeSync, fstatSync, openSync, readFileSync, read as readInto } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gunzipSync } from "node:zlib"
import { PrelabError } from "../error.js"

/** A path, a `file:` or `https:` URL, or the bytes themselves. */
export type Source = string | URL | Uint8Array

const read = promisify(readInto)

/** Protobuf's own limit for one message; nothing larger can be a caffemodel. */
const maxBytes = 2 ** 31 - 1

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

/** As many as Node has threads for files. */
const readers = 4

/**
 * A file of this size is read in less time than a turn through these threads takes, above all while they read
 * a large one.
 */
const small = 2 ** 20

/**
 * Reads a file whole, in a few large parts side by side: most of the time goes into the memory's first touch,
 * page by page, which several threads share. readFile goes by half megabytes, which takes three times as
 * long. Opening takes microseconds, so it is not worth a turn of the event loop.
 */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    // A pipe has no size at all.
    if (size <= small) return readFileSync(file)
    if (size > maxBytes) throw new PrelabError("file larger than 2 GiB", path)
    const bytes = Buffer.allocUnsafeSlow(size)
    const part = Math.max(small, Math.ceil(size / readers))
    const starts = Array.from({ length: Math.ceil(size / part) }, (_, i) => i * part)
    const ends = await Promise.all(
      starts.map((start) => readPart(file, bytes, start, Math.min(size, start + part))),
    )
    // A file may shrink while it is read.
    const short = ends.findIndex((end, i) => end < Math.min(size, starts[i]! + part))
    return short < 0 ? bytes : bytes.subarray(0, ends[short])
  } finally {
    closeSync(file)
  }
}

/** Fills bytes `from` to `to` and returns where the file ended, if sooner. */
async function readPart(file: number, bytes: Buffer, from: number, to: number): Promise<number> {
  let at = from
  while (at < to) {
    const { bytesRead } = await read(file, bytes, at, to - at, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return at
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
    throw new PrelabError("cannot reach", url, { cause })
  }
  if (!response.ok || response.body === null)
    throw new PrelabError("download failed", `${response.status} ${url}`)
  const total = Number(response.headers.get("content-length")) || undefined
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    parts.push(part)
    bytes += part.length
    if (bytes > maxBytes) throw new PrelabError("download larger than 2 GiB", url)
    progress?.(bytes, total)
  }
  return Buffer.concat(parts)
}
