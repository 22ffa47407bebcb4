import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { PrelabError } from "../error.js"

/**
 * The archive of a package (`name@version`), by the reader's own npm: it knows registry, proxy and credentials.
 * @throws PrelabError when npm cannot fetch it
 */
export async function npmPack(name: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "prelab-pack-"))
  try {
    const { stdout } = await promisify(execFile)("npm", ["pack", name, "--silent", "--ignore-scripts"], {
      cwd: folder,
      // A shell on Windows, where npm is a script.
      shell: process.platform === "win32",
    })
    return await readFile(join(folder, stdout.trim().split("\n").at(-1)!))
  } catch (cause) {
    throw new PrelabError("npm cannot fetch the package", name, { cause })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
