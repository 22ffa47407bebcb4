import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, sep } from "node:path"
import { murmur2 } from "./murmur2.js"

/** Any number will do; ipykernel takes the same. */
export const hashSeed = 0xc70f6907

/**
 * Cells have no file, but debuggers think in files: a cell's is named after the hash of its text, which clients
 * compute too. It is written only for clients that ask for it.
 */
export class CellFiles {
  readonly suffix = ".ts"
  readonly #folder = join(tmpdir(), `prelab_${process.pid}`)
  readonly #texts = new Map<string, string>()

  get prefix(): string {
    return this.#folder + sep
  }

  /** The source file that a cell with this text has. */
  pathOf(code: string): string {
    const path = `${this.prefix}${murmur2(code, hashSeed)}${this.suffix}`
    this.#texts.set(path, code)
    return path
  }

  isCell(path: string): boolean {
    return path.startsWith(this.prefix)
  }

  /** The text of a cell or of any other file; undefined where there is none to read. */
  textOf(path: string): string | undefined {
    return this.#texts.get(path) ?? fileText(path)
  }

  dump(code: string): string {
    const path = this.pathOf(code)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    writeFileSync(path, code)
    return path
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
