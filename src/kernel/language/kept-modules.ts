/** The modules of cells that later cells import from, and what they import of one another. */
export class KeptModules {
  readonly #uses = new Map<string, ReadonlySet<string>>()

  add(module: string, uses: Iterable<string>): void {
    this.#uses.set(module, new Set(uses))
  }

  /**
   * Takes out those that can go, and gives them: a notebook that runs for days would fill the memory with them.
   *
   * @param needed modules that a name leads to; what they import is needed too
   */
  takeUnneeded(needed: Iterable<string>): string[] {
    const wanted = new Set<string>()
    const mark = (module: string): void => {
      if (wanted.has(module)) return
      wanted.add(module)
      for (const other of this.#uses.get(module) ?? []) mark(other)
    }
    for (const module of needed) mark(module)
    const unneeded = [...this.#uses.keys()].filter((module) => !wanted.has(module))
    for (const module of unneeded) this.#uses.delete(module)
    return unneeded
  }
}
