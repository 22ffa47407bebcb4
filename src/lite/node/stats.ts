/** What prelab and TypeScript ask of a file. */
export class Stats {
  readonly mtime: Date

  constructor(
    readonly folder: boolean,
    readonly size: number,
    readonly mtimeMs: number,
  ) {
    this.mtime = new Date(mtimeMs)
  }

  isFile(): boolean {
    return !this.folder
  }

  isDirectory(): boolean {
    return this.folder
  }

  isSymbolicLink(): boolean {
    return false
  }
}
