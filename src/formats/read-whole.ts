import { closeSync, fstatSync, openSync, readFileSync, read as readInto } from "node:fs"
import { promisify } from "node:util"
import { PrelabError } from "../error.js"

/** Protobuf's own limit for one message; nothing larger can be a caffemodel. */
export const maxBytes = 2 ** 31 - 1

const read = promisify(readInto)

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
export async function readWhole(path: string): Promise<Uint8Array> {
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
