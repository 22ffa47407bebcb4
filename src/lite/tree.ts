// The files that the kernel's own code sees in a browser: those of its package, and copies of the reader's.

/** Where the package's files are, and the reader's. */
export const packageFolder = "/prelab"
export const driveFolder = "/drive"

export interface TreeFile {
  readonly bytes: Uint8Array
  /** Milliseconds since 1970, as `Stats.mtimeMs`. */
  readonly changed: number
}

/** Files by their absolute path. A folder is there as long as something is in it, or since it was made. */
export class Tree {
  readonly #files = new Map<string, TreeFile>()
  readonly #folders = new Map<string, number>([["/", 1]])

  file(path: string): TreeFile | undefined {
    return this.#files.get(path)
  }

  isFolder(path: string): boolean {
    return this.#folders.has(path)
  }

  write(path: string, bytes: Uint8Array, changed = Date.now()): void {
    if (!this.#files.has(path)) this.#count(path, 1)
    this.#files.set(path, { bytes, changed })
  }

  makeFolder(path: string): void {
    if (!this.#folders.has(path)) this.#count(`${path}/`, 1)
  }

  /** Removes a file. */
  remove(path: string): boolean {
    if (!this.#files.delete(path)) return false
    this.#count(path, -1)
    return true
  }

  /** Removes a folder with all that is in it. */
  removeFolder(path: string): void {
    for (const file of [...this.#files.keys()]) if (file.startsWith(`${path}/`)) this.remove(file)
    for (const folder of [...this.#folders.keys()])
      if (folder === path || folder.startsWith(`${path}/`)) this.#folders.delete(folder)
  }

  /** The names of what is in a folder. */
  list(folder: string): string[] {
    const prefix = folder === "/" ? "/" : `${folder}/`
    const names = new Set<string>()
    for (const path of [...this.#files.keys(), ...this.#folders.keys()])
      if (path.startsWith(prefix) && path !== prefix) names.add(path.slice(prefix.length).split("/")[0]!)
    names.delete("")
    return [...names]
  }

  /** All folders above a path have one more in them, or one less. */
  #count(path: string, change: 1 | -1): void {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end)
      const inside = (this.#folders.get(folder) ?? 0) + change
      if (inside > 0) this.#folders.set(folder, inside)
      else this.#folders.delete(folder)
    }
  }
}

/** The tree of this thread. */
export const tree = new Tree()
