import type { CellSyntax, DeclaredName, ImportedName } from "./read-cell.js"

/** Where a name of an earlier cell comes from. */
export type LiveName =
  | ({ from: "cell"; module: string | undefined; type?: string } & DeclaredName)
  | ({ from: "import" } & ImportedName)
  /** A helper of the kernel: no cell declared it, and it has been a value of the cells since their start. */
  | { from: "helper"; name: string; specifier: string; hasValue: boolean }

/** The names that a cell may use because an earlier one declared or imported them. The newest wins. */
export class LiveNames {
  readonly #names = new Map<string, LiveName>()
  /** The modules that have declared something for others. */
  readonly #widened = new Map<string, string>()

  addHelpers(specifier: string, values: Iterable<string>, types: Iterable<string>): void {
    for (const name of types) this.#addHelper({ from: "helper", name, specifier, hasValue: false })
    for (const name of values) this.#addHelper({ from: "helper", name, specifier, hasValue: true })
  }

  /** Of two helpers with one name the first stays; a type becomes a value. */
  #addHelper(helper: LiveName & { from: "helper" }): void {
    const known = this.#names.get(helper.name)
    if (!known || (known.from === "helper" && known.specifier === helper.specifier))
      this.#names.set(helper.name, helper)
  }

  /**
   * @param module the module that later cells import the names from; undefined where their types say it all
   * @param types of each declared name, where they can be said without the module
   */
  addCell(module: string | undefined, cell: CellSyntax, types: readonly (string | undefined)[] = []): void {
    if (module !== undefined) for (const name of cell.widened) this.#widened.set(name, module)
    for (const imported of cell.imported) this.#names.set(imported.name, { from: "import", ...imported })
    for (const [i, declared] of cell.declared.entries()) {
      const type = types[i]
      this.#names.set(declared.name, {
        from: "cell",
        module,
        ...declared,
        ...(type === undefined ? {} : { type }),
      })
    }
  }

  /** What this cell uses of earlier ones: names that occur in it and that it does not bring itself. */
  usedBy(cell: CellSyntax): LiveName[] {
    const own = new Set([...[...cell.declared, ...cell.imported].map(({ name }) => name), ...cell.ownNames])
    return [...cell.used].flatMap((name) => {
      const live = own.has(name) ? undefined : this.#names.get(name)
      return live ? [live] : []
    })
  }

  /** The modules of cells that still have a name in here. */
  modules(): Set<string> {
    const modules = new Set(this.#widened.values())
    for (const live of this.#names.values()) if (live.from === "cell" && live.module) modules.add(live.module)
    return modules
  }

  all(): IterableIterator<LiveName> {
    return this.#names.values()
  }

  clear(): void {
    this.#names.clear()
    this.#widened.clear()
  }
}
