import { mkdir, open, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { PrelabError } from "../error.js"

/**
 * Writes a file so that a reader, or a kill at any moment, finds the old file or the new one, never a part: into a temporary file beside it, flushed, then renamed.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(temporary, "w")
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new PrelabError("cannot write file", path, { cause })
  }
}
