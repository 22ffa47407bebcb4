import { readFileSync, statSync } from "node:fs"
import { importedBy, readCell } from "./read-cell.js"

interface WatchedFile {
  stamp: string
  imports: string[]
}

/**
 * The reader's own files whose types cells see, with all that they import. A checker reads a file once; this says
 * when it has to look again.
 */
export class WatchedFiles {
  readonly #files = new Map<string, WatchedFile>()

  /** @param resolve the file that an import of another one leads to, if it is one of the reader's */
  constructor(readonly resolve: (specifier: string, from: string) => string | undefined) {}

  add(file: string): void {
    if (this.#files.has(file)) return
    const watched: WatchedFile = { stamp: stampOf(file), imports: [] }
    this.#files.set(file, watched)
    if (!/\.[mc]?[jt]sx?$/.test(file) || watched.stamp === "gone") return
    for (const specifier of importedBy(readCell(readFileSync(file, "utf8"), file))) {
      const other = this.resolve(specifier, file)
      if (other === undefined) continue
      watched.imports.push(other)
      this.add(other)
    }
  }

  /** Whether any has changed since the last call. */
  changed(): boolean {
    const stale = [...this.#files]
      .filter(([file, { stamp }]) => stampOf(file) !== stamp)
      .map(([file]) => file)
    for (const file of stale) this.#files.delete(file)
    for (const file of stale) this.add(file)
    return stale.length > 0
  }
}

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats ? `${stats.mtimeMs}:${stats.size}` : "gone"
}
