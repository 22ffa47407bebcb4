import { mkdir, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { PrelabError } from "../../error.js"

/** The page puts a whole file in place of another: that is one step already. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, data)
  } catch (cause) {
    throw new PrelabError("cannot write file", path, { cause })
  }
}
