import { PrelabError } from "../error.js"
import type { Blob } from "../net/index.js"
import { readNpy, writeNpy } from "./npy.js"
import { nameOf, readSource, type Source } from "./source.js"
import { writeFileAtomic } from "./write-file.js"

/**
 * Loads a .npy file as a blob (float32, C order).
 * @throws PrelabError naming the file when it is missing or no such array
 */
export async function loadArray(source: Source): Promise<Blob> {
  const bytes = await readSource(source)
  try {
    return readNpy(bytes)
  } catch (error) {
    const file = nameOf(source)
    throw error instanceof PrelabError && file !== undefined ? error.at({ file }) : error
  }
}

/** Writes a blob as a .npy file: little-endian float32, C order. */
export async function saveArray(path: string, blob: Blob): Promise<void> {
  await writeFileAtomic(path, writeNpy(blob))
}
