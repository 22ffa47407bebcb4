import { joinHalves } from "./name-halves.js"
import type { CellSyntax, DeclaredName, ImportedName } from "./read-cell.js"

/** Where a name of an earlier cell comes from. */
export type LiveName =
  | CellName
  | ({ from: "import" } & ImportedName)
  /** A helper of the kernel: no cell declared it, and it has been a value of the cells since their start. */
  | { from: "helper"; name: string; specifier: string; hasValue: boolean }

export type CellName = { from: "cell"; module: string | undefined; type?: string } & DeclaredName & {
    /** It is a value or a type, and the cell that uses it declares the other one under this name, and may export that. */
    half?: "local" | "exported"
  }

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

  /**
   * The cell with what earlier ones leave to it: after `const Point`, `type Point` makes one thing of both, as in one
   * module, and so does a new `const Point` after that.
   */
  joined(cell: CellSyntax): CellSyntax {
    return {
      ...cell,
      declared: cell.declared.map((declared) => joinHalves(declared, this.#names.get(declared.name))),
    }
  }

  /** What this cell uses of earlier ones: names that occur in it and that it does not bring itself. */
  usedBy(cell: CellSyntax): LiveName[] {
    const own = new Map(cell.declared.map(({ name, earlier }) => [name, earlier]))
    for (const { name } of cell.imported) own.set(name, undefined)
    for (const name of cell.ownNames) own.set(name, undefined)
    return [...cell.used].flatMap((name) => {
      const live = own.has(name) ? half(own.get(name), cell) : this.#names.get(name)
      return live ? [live] : []
    })
  }

  /** The modules that have declared for others what this cell declares anew, and under which names. */
  widenedAnew(cell: CellSyntax): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>()
    for (const name of cell.widened) {
      const module = this.#widened.get(name)
      if (module !== undefined) found.set(module, (found.get(module) ?? new Set()).add(name))
    }
    return found
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

function half(earlier: CellName | undefined, { exported }: CellSyntax): CellName | undefined {
  return earlier && { ...earlier, half: exported.has(earlier.name) ? "exported" : "local" }
}
