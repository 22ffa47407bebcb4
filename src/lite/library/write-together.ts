import { writeFileAtomic } from "./write-file.js"

/**
 * One file after the other: where the page is closed between two of them, one is new and one is old. A browser's storage has
 * neither a step for several files nor a name that a journal could wait under.
 */
export async function writeTogether(
  path: string,
  contents: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [extension, data] of Object.entries(contents)) await writeFileAtomic(path + extension, data)
}

/** Nothing was begun that could be finished. */
export function finishWriting(_path: string): void {}
