/** `declare global { … }`, and what a module adds to another. */
const widening = /\bdeclare\b[^={}();]*\b(?:global|module)\b/

/**
 * Where cells got global declarations from. A later cell sees them without importing anything, as its values are there
 * when it runs. Cells that declare nothing of the kind, which are nearly all, need not be in the program for this.
 */
export class GlobalSources {
  readonly #sources = new Map<string, readonly string[]>()

  /** @param imported the specifiers of what the module imports, other cells excepted */
  add(module: string, text: string, imported: readonly string[]): void {
    const own = widening.test(text) ? [`./${module}`] : []
    this.#sources.set(module, [...imported, ...own])
  }

  drop(module: string): void {
    this.#sources.delete(module)
  }

  /** A module that imports them all. */
  get text(): string {
    const all = new Set([...this.#sources.values()].flat())
    return ["export {};", ...[...all].map((specifier) => `import ${JSON.stringify(specifier)};`)].join("\n")
  }
}
