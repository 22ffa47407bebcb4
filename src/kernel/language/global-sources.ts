import ts from "typescript"
import { widensModules } from "./widens-modules.js"

/** `declare global { … }`, what a module adds to another, and `/// <reference />`. */
const widening = /\bdeclare\b[^={}();]*\b(?:global|module)\b|^\s*\/\/\/\s*<reference\b/

/**
 * Where cells got global declarations from. A later cell sees them without importing anything, as its values are there
 * when it runs. Cells that declare nothing of the kind, which are nearly all, need not be in a program for this; nor
 * are most files of the packages that they import.
 */
export class GlobalSources {
  readonly #specifiers = new Map<string, readonly string[]>()
  /** Packages of which only `files` matter. */
  #known = new Set<string>()
  #files: readonly string[] = []

  /** @param imported the specifiers of what the module imports, other cells excepted */
  add(module: string, text: string, imported: readonly string[]): void {
    const own = widening.test(text) ? [`./${module}`] : []
    this.#specifiers.set(module, [...imported, ...own])
  }

  drop(module: string): void {
    const dropped = this.#specifiers.get(module)
    this.#specifiers.delete(module)
    if (dropped?.some((specifier) => this.#known.has(specifier))) this.widen()
  }

  /** The files that have global declarations, as far as they are known. */
  get files(): readonly string[] {
    return this.#files
  }

  /** A module that imports all others that may have some. */
  get text(): string {
    const unknown = [...this.#all()].filter((specifier) => !this.#known.has(specifier))
    return ["export {};", ...unknown.map((specifier) => `import ${JSON.stringify(specifier)};`)].join("\n")
  }

  /**
   * Looks at the files of a program with all of them, and knows from then on which are needed. The reader's own files,
   * which may change, are not known for good. Says whether anything is known that was not.
   */
  narrow(program: ts.Program): boolean {
    const packages = [...this.#all()].filter((specifier) => !/^(?:\.|\/|[A-Za-z]:)/.test(specifier))
    if (packages.every((specifier) => this.#known.has(specifier))) return false
    this.#known = new Set(packages)
    const isGlobal = (file: ts.SourceFile) => file.isDeclarationFile && !ts.isExternalModule(file)
    this.#files = program
      .getSourceFiles()
      .filter((file) => !program.isSourceFileDefaultLibrary(file) && (isGlobal(file) || widensModules(file)))
      .map(({ fileName }) => fileName)
    return true
  }

  /** Knows nothing any more. */
  widen(): void {
    this.#known = new Set()
    this.#files = []
  }

  #all(): Set<string> {
    return new Set([...this.#specifiers.values()].flat())
  }
}
