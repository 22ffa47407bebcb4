import { posix, sep } from "node:path"
import { type CellExtension, fileNameOf } from "./cell-language.js"
import { hubImport, hubModule } from "./module-hub.js"
import type { FileChanges } from "./native-api.js"

/** A module nobody has written anything into yet. */
const blank = "export {}"

/**
 * The virtual files of a TypeScript 7 process (the modules, and the tsconfig.json that lists them), and what it has
 * not been told about them.
 *
 * It finds a virtual file that it has read before, but does not ask whether one exists. So a module must have been
 * loaded before another that imports it: {@link changes} loads those that came in any other order blank, in an update
 * of their own. Updates in which files come or go take some milliseconds.
 */
export class NativeModules {
  readonly config: string
  readonly #folder: string
  #compilerOptions: Record<string, unknown>
  readonly #texts = new Map<string, string>()
  #loaded = new Set<string>()
  #blanks = new Set<string>()
  #changed = new Set<string>()
  #deleted = new Set<string>()
  #diskChanged = false

  constructor(
    folder: string,
    compilerOptions: Record<string, unknown>,
    readonly extension: CellExtension = ".ts",
  ) {
    this.#folder = folder.replaceAll(sep, "/")
    this.#compilerOptions = compilerOptions
    this.config = posix.join(this.#folder, "__cells.json")
  }

  configure(compilerOptions: Record<string, unknown>): void {
    this.#compilerOptions = compilerOptions
  }

  file(name: string): string {
    return posix.join(this.#folder, fileNameOf(name, this.extension))
  }

  /** The text of a virtual file. */
  read(file: string): string | undefined {
    if (file === this.config)
      return JSON.stringify({ compilerOptions: this.#compilerOptions, files: [...this.#loaded] })
    const text = this.#texts.get(file)
    return this.#blanks.has(file) ? this.#blanked(text) : text
  }

  /** With the import that it will have, if that can be found already: a module that imports others later costs 20 ms. */
  #blanked(text = ""): string {
    const hub = this.file(hubModule)
    const isThere = this.#loaded.has(hub) && !this.#blanks.has(hub)
    return isThere && text.startsWith(hubImport) ? `${hubImport} ${blank}` : blank
  }

  set(file: string, text: string): void {
    if (this.#texts.get(file) === text) return
    this.#texts.set(file, text)
    this.#changed.add(file)
  }

  delete(file: string): void {
    this.#texts.delete(file)
    this.#changed.delete(file)
    if (this.#loaded.delete(file)) this.#deleted.add(file)
  }

  refresh(): void {
    this.#diskChanged = true
  }

  /** A process that starts knows nothing. */
  forget(): void {
    this.#loaded = new Set()
    this.#blanks = new Set()
    this.#changed = new Set(this.#texts.keys())
    this.#deleted = new Set()
    this.#diskChanged = false
  }

  /** The updates, one after the other, after which the process can be asked about `file`. */
  *changes(file: string): Generator<FileChanges> {
    const unknown = [...this.#texts.keys()].filter((other) => other !== file && !this.#loaded.has(other))
    if (unknown.length > 0) yield* this.#load(unknown)
    const created = this.#loaded.has(file) ? [] : [file]
    this.#loaded.add(file)
    const isListed = created.length + this.#deleted.size === 0
    if (isListed && !this.#diskChanged) yield* this.#takeEach()
    else yield this.#take(created)
  }

  /** Without what else has changed: a text that imports one of them would be read beside it, and not find it. */
  *#load(unknown: readonly string[]): Generator<FileChanges> {
    for (const file of unknown) this.#loaded.add(file)
    this.#blanks = new Set(unknown)
    yield { created: [...unknown], changed: [this.config], deleted: [] }
    // What is blank anyway need not be read again.
    for (const file of unknown)
      if (this.read(file) === this.#texts.get(file)) this.#changed.delete(file)
      else this.#changed.add(file)
    this.#blanks = new Set()
  }

  /** One by one: a program in which a single text has changed is the old one with that text, two make it a new one. */
  *#takeEach(): Generator<FileChanges> {
    for (const file of [...this.#changed].filter((each) => this.#loaded.has(each))) {
      this.#changed.delete(file)
      yield { created: [], changed: [file], deleted: [] }
    }
  }

  /** What has changed, after which nothing has. */
  #take(created: string[]): FileChanges {
    const changed = [...this.#changed].filter((file) => this.#loaded.has(file) && !created.includes(file))
    const changes: FileChanges = this.#diskChanged
      ? { invalidateAll: true }
      : { created, changed: [...changed, this.config], deleted: [...this.#deleted] }
    for (const file of [...created, ...changed]) this.#changed.delete(file)
    this.#deleted = new Set()
    this.#diskChanged = false
    return changes
  }
}
