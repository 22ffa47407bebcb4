import ts from "typescript"
import { exportedTypes } from "../exported-types.js"
import type { CellLanguageName } from "./cell-language.js"
import { gatewayModule, gatewayText, webAssemblyName } from "./cell-modules.js"
import { CellSources } from "./cell-sources.js"
import { type CellText, checkText } from "./cell-texts.js"
import type { Checker } from "./checker.js"
import { hubText } from "./hub-text.js"
import { KeptModules } from "./kept-modules.js"
import { type LiveName, LiveNames } from "./live-names.js"
import { fixedModule, hubModule, ModuleHub } from "./module-hub.js"
import { plainNames } from "./plain-names.js"
import { builtIn } from "./platform.js"
import { type CellSyntax, importedBy, readCell } from "./read-cell.js"
import type { ServiceHost } from "./service-host.js"
import { VacantModules } from "./vacant-modules.js"
import { webAssemblyModule } from "./web-assembly.js"
import { withoutWidened } from "./widened-names.js"

/** A module that cells import by a name of ours. Its values live in the thread with the cells. */
export interface ProvidedNames {
  specifier: string
  /** The folder of its package.json, or of its declarations. */
  folder: string
  types: string
  /** The names of its values that every cell has in scope without an import. */
  inScope: string[]
  /** Whether the types that it exports are in scope too. */
  typesInScope: boolean
}

export interface EarlierCellsOptions {
  host: ServiceHost
  checker: Checker
  provided: readonly ProvidedNames[]
  language: CellLanguageName
  log: (line: string) => void
  /** Whether a cell's import leads to a file of the reader's. */
  isFile: (specifier: string) => boolean
}

/** A cell that was checked, and what it used of earlier ones. */
export interface CheckedCell {
  code: string
  syntax: CellSyntax
  used: readonly LiveName[]
  text: CellText
}

/** What later cells know of earlier ones, and of the kernel's helpers: names, and the modules that say their types. */
export class EarlierCells {
  readonly names = new LiveNames()
  readonly sources = new CellSources()
  readonly language: CellLanguageName
  readonly #options: EarlierCellsOptions
  /** JavaScript has no aliases, and does without. */
  readonly #hub: ModuleHub | undefined
  readonly #modules = new KeptModules()
  readonly #vacant: VacantModules
  /** What the hub does not know yet. */
  readonly #unlearned = new Set<string>()
  /** What cells imported. It may declare something for all modules, or be what a later cell adds to. */
  readonly #imported = new Set<string>()

  constructor(options: EarlierCellsOptions) {
    this.#options = options
    this.language = options.language
    if (options.language === "typescript") this.#hub = new ModuleHub()
    this.#vacant = new VacantModules(options.checker)
    this.#addHelpers()
  }

  /** Reads the standard library, so that the first cell need not wait for it. */
  warmUp(): void {
    const hub = this.#hub
    if (!hub) return
    const { checker, provided } = this.#options
    hub.forget(checker.check(fixedModule, hub.fixedText))
    // What the kernel itself provides is small, and used by most notebooks.
    for (const { specifier, typesInScope } of provided) if (!typesInScope) hub.add(specifier)
    this.#renew(hub)
    this.#vacant.fill()
  }

  /**
   * Takes from earlier cells what this one declares anew for all modules: of two that say different things, the wrong
   * one might be told that it is.
   *
   * @returns what gives it back
   */
  yieldTo(cell: CellSyntax): () => void {
    const { checker, host } = this.#options
    const keep = (module: string, text: string) => {
      checker.keep(module, text)
      host.keep(module, text)
    }
    const before = [...this.names.widenedAnew(cell)].map(([module, names]) => {
      const text = host.textOf(module)!
      keep(module, withoutWidened(text, host.fileOf(module), names))
      return { module, text }
    })
    return () => {
      for (const { module, text } of before) keep(module, text)
    }
  }

  /** The text of a cell that is checked fastest; undefined where not everything in it is known. */
  quickText(code: string, cell: CellSyntax, used: readonly LiveName[]): CellText | undefined {
    return this.#hub && hubText(code, cell, used, this.#hub, this.#besideHub())
  }

  /** The text of a cell that says what is wrong with it in the reader's words. */
  checkText(code: string, cell: CellSyntax, used: readonly LiveName[]): CellText {
    return checkText(code, cell, used, this.language, true, this.#besideHub())
  }

  /**
   * Enters what the last cells imported, and the modules that they are, into the hub: later cells that use them are
   * checked in a tenth of the time.
   *
   * @returns how many there were; undefined for cells without a hub
   */
  learn(): number | undefined {
    const hub = this.#hub
    const added = [...this.#unlearned].filter((specifier) => hub?.add(specifier))
    this.#unlearned.clear()
    if (!hub) return undefined
    if (added.length > 0) this.#renew(hub)
    return added.length
  }

  /** Enters the names of a cell that stands in the open module. Where types do not say it all, it gets a module of its own. */
  keep({ code, syntax, used, text }: CheckedCell): void {
    this.sources.add(syntax, code)
    const plain = plainNames(syntax, text.offset, this.#options.checker)
    const types = plain?.map(({ type }) => type)
    if (plain) this.names.addCell(undefined, { ...syntax, declared: plain }, types)
    else this.#keepModule(checkText(code, syntax, used, this.language).text, syntax, used)
    for (const name of this.#modules.takeUnneeded(this.names.modules())) this.#drop(name)
    // A file of the reader's may go, or be another one tomorrow.
    const helpers = used.filter((live) => live.from === "helper")
    const imported = importedBy(syntax)
    for (const specifier of [...imported, ...helpers.map(({ specifier }) => specifier)])
      if (!this.#options.isFile(specifier)) this.#unlearned.add(specifier)
    for (const specifier of imported) if (!this.#isOwn(specifier)) this.#imported.add(specifier)
  }

  /** Looks again for the reader's files that cells imported. */
  refresh(): void {
    for (const specifier of this.#imported)
      if (/^[./]/.test(specifier) && !this.#options.isFile(specifier)) this.#imported.delete(specifier)
  }

  /** Enters a name whose value came from elsewhere: it may be anything. */
  define(name: string): void {
    this.names.addCell(undefined, readCell(`let ${name}: any`), ["any"])
  }

  /** Forgets all cells. */
  clear(): void {
    for (const module of this.#modules.takeUnneeded([])) this.#drop(module)
    this.names.clear()
    this.sources.clear()
    this.#imported.clear()
    this.#keepHub()
    this.#addHelpers()
  }

  /** What later cells would not have in their program. */
  #besideHub(): string[] {
    return [...this.#imported].filter((specifier) => this.#hub?.nameOf(specifier) === undefined)
  }

  /** Whether a module is Node's or the kernel's, and in every program. */
  #isOwn(specifier: string): boolean {
    const isProvided = this.#options.provided.some((module) => module.specifier === specifier)
    return isProvided || builtIn.includes(specifier.replace(/^node:/, ""))
  }

  #keepModule(text: string, syntax: CellSyntax, used: readonly LiveName[]): void {
    const { host, checker } = this.#options
    const module = this.#vacant.take()
    this.#unlearned.add(`./${module}`)
    this.names.addCell(module, syntax)
    checker.keep(module, text)
    host.keep(module, text)
    this.#modules.add(
      module,
      used.flatMap((live) => (live.from === "cell" && live.module ? [live.module] : [])),
    )
  }

  #addHelpers(): void {
    const { host, checker, provided } = this.#options
    this.names.addCell(gatewayModule, readCell(gatewayText))
    checker.keep(gatewayModule, `export ${gatewayText}`)
    host.set(gatewayModule, `export ${gatewayText}`)
    const types = webAssemblyModule(host.options)
    if (types !== undefined) {
      checker.keep(webAssemblyName, types)
      host.keep(webAssemblyName, types)
    }
    for (const { specifier, folder, inScope, typesInScope } of provided)
      this.names.addHelpers(specifier, inScope, typesInScope ? this.#typesIn(folder) : [])
  }

  #typesIn(folder: string): string[] {
    try {
      return exportedTypes(folder, ts)
    } catch (error) {
      this.#options.log(`types of ${folder}: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }

  #renew(hub: ModuleHub): void {
    this.#keepHub()
    hub.forget(this.#options.checker.check(hubModule, hub.text))
    this.#keepHub()
  }

  #keepHub(): void {
    if (!this.#hub) return
    for (const [module, text] of [
      [fixedModule, this.#hub.fixedText],
      [hubModule, this.#hub.text],
    ] as const) {
      this.#options.checker.keep(module, text)
      this.#options.host.set(module, text)
    }
  }

  #drop(module: string): void {
    this.#hub?.drop(`./${module}`)
    this.#unlearned.delete(`./${module}`)
    this.#vacant.giveBack(module)
    this.#options.host.drop(module)
  }
}
