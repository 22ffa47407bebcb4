import { readFile } from "node:fs/promises"
import { PrelabError } from "../../error.js"

export const maxBytes = 2 ** 31 - 1

/** A file as the page hands it over. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path)
  if (bytes.length > maxBytes) throw new PrelabError("file larger than 2 GiB", path)
  return bytes
}
