import { PrelabError } from "../error.js"

const record = 512

/** A file of an archive. */
export interface TarFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * The plain files of a tar archive, as views on its bytes: POSIX.1-1988, "ustar". Links, folders and extended headers are passed over;
 * nothing is written anywhere.
 *
 * @throws PrelabError when the archive ends too early, or a header's checksum is wrong
 */
export function* tarFiles(archive: Uint8Array): Generator<TarFile> {
  for (let at = 0; at + record <= archive.length; ) {
    const header = archive.subarray(at, at + record)
    if (header.every((byte) => byte === 0)) return
    if (checksum(header) !== octal(header, 148, 8))
      throw new PrelabError("damaged archive", `header at byte ${at}`)
    const size = octal(header, 124, 12)
    const from = at + record
    if (from + size > archive.length)
      throw new PrelabError("archive ends too early", `${archive.length} of ${from + size} bytes`)
    const type = String.fromCharCode(header[156]!)
    if (type === "0" || type === "\0")
      yield { name: text(header, 0, 100), bytes: archive.subarray(from, from + size) }
    at = from + Math.ceil(size / record) * record
  }
}

function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString("utf8")
}

function octal(header: Uint8Array, from: number, length: number): number {
  return Number.parseInt(text(header, from, length).trim() || "0", 8)
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksum(header: Uint8Array): number {
  return header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 32 : byte), 0)
}
