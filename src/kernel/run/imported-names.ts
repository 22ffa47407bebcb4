import type { ImportedName } from "../language/read-cell.js"

/** Under this symbol the debugger finds what the names mean that a script imports. */
const importsSymbol = Symbol.for("prelab.imports")

/** Loads nothing: gives a module that a script has imported. */
type Find = (specifier: string) => object

/**
 * What cells and files import, by the names that they give it. Compiled code has no such names: `join` of
 * `import { join } from "node:path"` is a property of the module there.
 */
export class ImportedNames {
  /** A name of an earlier cell means what the last cell made of it. */
  #cells: Record<string, unknown> = Object.create(null)
  readonly #files = new Map<string, Record<string, unknown>>()

  constructor() {
    const value = (url: string) => this.#files.get(url) ?? this.#cells
    Object.defineProperty(globalThis, importsSymbol, { value, enumerable: false, configurable: true })
  }

  ofCell(imported: readonly ImportedName[], declared: readonly string[], find: Find): void {
    for (const name of declared) delete this.#cells[name]
    enter(this.#cells, imported, find)
  }

  ofFile(url: string, imported: readonly ImportedName[], find: Find): void {
    this.#files.set(url, enter(Object.create(null), imported, find))
  }

  clear(): void {
    this.#cells = Object.create(null)
    this.#files.clear()
  }
}

/** Read when they are asked for: a module may change what it exports. */
function enter(names: Record<string, unknown>, imported: readonly ImportedName[], find: Find) {
  for (const { name, specifier, imported: key, typeOnly } of imported)
    if (!typeOnly)
      Object.defineProperty(names, name, {
        configurable: true,
        enumerable: true,
        get: () => (key === "*" ? find(specifier) : (find(specifier) as Record<string, unknown>)[key]),
      })
  return names
}
