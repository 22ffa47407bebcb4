import { renameSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

/** Writes a file that is there whole or not at all, also for a server that reads it at this moment. */
export function writeWhole(file: string, data: string | Buffer, options: { mode?: number } = {}): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}`)
  try {
    writeFileSync(temporary, data, options)
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
}
