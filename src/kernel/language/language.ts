import { readFileSync } from "node:fs"
import ts from "typescript"
import type { Completeness, Completion, Inspection } from "../cells.js"
import { completeness } from "../completeness.js"
import { exportedTypes } from "../exported-types.js"
import { type CellLanguageName, extensionOf } from "./cell-language.js"
import { cellOptions, forJavaScript, looser } from "./cell-options.js"
import { CellSources } from "./cell-sources.js"
import { type CellText, checkText, importsOf, runText } from "./cell-texts.js"
import type { Checker, Problem } from "./checker.js"
import { type Compiled, compile, type SyntaxProblem } from "./compile.js"
import { complete, openSpecifier } from "./complete.js"
import { completeNames } from "./complete-names.js"
import { completeNative } from "./complete-native.js"
import { emitOptionsOf, jsxNames } from "./emit-options.js"
import { FallbackChecker } from "./fallback-checker.js"
import { hubText } from "./hub-text.js"
import { explainName, inspectAt, inspectionOf } from "./inspect.js"
import { inspectNative } from "./inspect-native.js"
import { KeptModules } from "./kept-modules.js"
import { LateModules } from "./late-modules.js"
import { type LiveName, LiveNames } from "./live-names.js"
import { type ImportRequest, localModule } from "./local-modules.js"
import { fixedModule, hubModule, ModuleHub } from "./module-hub.js"
import type { NativeChecker } from "./native-checker.js"
import { objectCell } from "./object-cell.js"
import { openChecker } from "./open-checker.js"
import { isPlainType } from "./plain-type.js"
import { type CellProblem, cellProblems } from "./problems.js"
import { type CellSyntax, type Insertion, readCell } from "./read-cell.js"
import { ScriptChecker } from "./script-checker.js"
import { ServiceHost } from "./service-host.js"
import { signaturesOf } from "./signatures.js"
import { WatchedFiles } from "./watched-files.js"
import { webAssemblyModule } from "./web-assembly.js"
import { type WrittenNames, writtenNames } from "./written-names.js"

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

export interface CompiledCell extends Compiled {
  names: WrittenNames
  ok: true
  imports: ImportRequest[]
  /** How the compiled text was made from the cell's own, for the way back. */
  offset: number
  insertions: Insertion[]
}

export type CellAnswer = CompiledCell | { ok: false; problems: CellProblem[] }

export interface CompiledFile extends Compiled {
  names: WrittenNames
  imports: ImportRequest[]
  problem: SyntaxProblem | undefined
}

/** The module in which a cell is checked, and in which the reader types: one file whose text changes. */
const openModule = "__cell"

/**
 * What the reader types, and the names of earlier cells that are explained to them, are no cell: the next one is not to
 * find another text in its place.
 */
const typedModule = "__cell_typed"
const explainedModule = "__cell_explained"

/** Of more names than this, their types are not asked for: each is a question. */
const mostPlainNames = 8

/** Kernel Gateway assigns the request it serves to this name, in front of the reader's cell. */
const gatewayModule = "__cell_gateway"
const gatewayText = "let REQUEST = ''"

const webAssemblyName = "__cell_web_assembly"

function usesTslab(code: string): boolean {
  return /\bfrom\s*["']tslab["']|\brequire\(\s*["']tslab["']/.test(code)
}

/** All that the kernel knows of TypeScript: checks and compiles cells, completes and explains their text. */
export class Language {
  readonly #host: ServiceHost
  /** Explains and completes. */
  readonly #service: ts.LanguageService
  readonly #checker: Checker
  readonly #names = new LiveNames()
  readonly #sources = new CellSources()
  /** JavaScript has no aliases, and does without. */
  readonly #hub: ModuleHub | undefined
  readonly #modules = new KeptModules()
  readonly #files = new WatchedFiles((specifier, from) => this.#request(specifier, from).file)
  readonly #ownPaths: boolean
  #options: ts.CompilerOptions
  #count = 0
  /** What the hub does not know yet. */
  readonly #unlearned = new Set<string>()
  readonly #late = new LateModules()
  /** Enters the names of the cell that was compiled last. */
  #kept: (() => void) | undefined
  /** Whether the service has read the libraries. */
  #isWarm = false

  constructor(
    readonly folder: string,
    readonly provided: readonly ProvidedNames[],
    readonly log: (line: string) => void,
    readonly name: CellLanguageName = "typescript",
  ) {
    const { options: configured, problems } = cellOptions(folder, provided)
    for (const problem of problems) log(problem)
    const options = name === "javascript" ? forJavaScript(configured) : configured
    this.#options = options
    this.#ownPaths = Object.keys(options.paths ?? {}).length > provided.length
    this.#host = new ServiceHost(
      folder,
      options,
      [...new Set(provided.map((module) => module.folder))],
      extensionOf(name, options),
    )
    this.#service = this.#host.serviceOf(new Set([typedModule, explainedModule]))
    this.#checker = openChecker({ folder, options, host: this.#host, log })
    if (name === "typescript") this.#hub = new ModuleHub()
    this.#addHelpers()
  }

  /** Reads the standard library, so that the first cell need not wait for it. */
  warmUp(): void {
    compile("await 0", { fileName: "cell.ts", isCell: true })
    this.#hub?.forget(this.#checker.check(fixedModule, this.#hub.fixedText))
    // What the kernel itself provides is small, and used by most notebooks.
    for (const { specifier, typesInScope } of this.provided) if (!typesInScope) this.#hub?.add(specifier)
    this.#keepHub()
    this.#hub?.forget(this.#checker.check(hubModule, this.#hub.text))
    this.#keepHub()
    for (const { specifier, inScope } of this.provided) {
      if (inScope.length === 0) continue
      const { text } = this.#textFor(`void [${inScope.join(", ")}]`)
      for (const { message } of this.#checker.check(openModule, text))
        this.log(`types of ${specifier}: ${message}`)
    }
  }

  /** By which cells are checked now. */
  get options(): ts.CompilerOptions {
    return this.#options
  }

  /** Checks a cell and compiles it. With `keep`, later cells see what it declares. */
  compileCell(code: string, { label, keep }: { label: string; keep: boolean }): CellAnswer {
    const module = `__cell_${++this.#count}`
    this.#takeOver()
    if (usesTslab(code)) this.#configure(looser(this.#options))
    const cell = this.#read(code)
    const used = this.#names.usedBy(cell)
    const run = runText(code, cell, used)
    const shared = cell.declared.filter(({ kind }) => kind === "function" || kind === "class")
    let compiled: Compiled | undefined
    const emit = () => {
      compiled ??= compile(run.text, {
        fileName: `${label}${this.#host.extension}`,
        options: emitOptionsOf(this.#options),
        isCell: true,
        shared: new Set(shared.map(({ name }) => name)),
      })
      return compiled
    }
    const { found, checked } = this.#check(code, cell, used, emit)
    const problems = cellProblems(found, checked, code)
    if (problems.length > 0) return { ok: false, problems }
    if (keep) this.#kept = () => this.#keep(module, code, cell, used, checked)
    const from = this.#host.fileOf(openModule)
    const made = emit()
    const again = used
      .filter((live) => live.from !== "cell")
      .map((live) => ({ imported: live.name, typeOnly: false, ...live }))
    return {
      ok: true,
      ...made,
      names: writtenNames(made.js, [...cell.imported, ...again]),
      imports: [...importsOf(cell, used), ...(made.jsxRuntime ? [made.jsxRuntime] : [])].map((specifier) =>
        this.#request(specifier, from),
      ),
      offset: run.offset,
      insertions: cell.insertions,
    }
  }

  /** Does what the last cell has left to do, while nobody waits. */
  settle(): void {
    this.#takeOver()
    this.#native((native) => native.settle(openModule))
  }

  /**
   * Enters what the last cells imported, and the modules that they are, into the hub: later cells that use them are
   * checked in a tenth of the time. It takes longer than most cells, so it is for when the reader thinks.
   */
  learn(): void {
    this.#takeOver()
    const hub = this.#hub
    const added = [...this.#unlearned].filter((specifier) => hub?.add(specifier))
    this.#unlearned.clear()
    if (!hub) return
    if (added.length > 0) {
      this.#keepHub()
      hub.forget(this.#checker.check(hubModule, hub.text))
      this.#keepHub()
      this.#native((native) => native.settle(openModule))
    }
    // What cells imported is in the hub's program now.
    if (this.#checker instanceof ScriptChecker) this.#checker.settle()
  }

  /** Compiles a source file of the reader's, without looking at its types. */
  compileFile(file: string): CompiledFile {
    const text = readFileSync(file, "utf8")
    const { specifiers, imported: names } = readCell(text, file)
    const compiled = compile(text, { fileName: file, options: emitOptionsOf(this.#options) })
    const { jsxRuntime } = compiled
    const imported = [...specifiers, ...(jsxRuntime === undefined ? [] : [jsxRuntime])]
    return {
      ...compiled,
      names: writtenNames(compiled.js, names),
      imports: imported.map((specifier) => this.#request(specifier, file)),
    }
  }

  /** Where `require(specifier)` or `import(specifier)` of a file or cell leads, if to a file of the reader's. */
  locate(specifier: string, from: string | undefined): ImportRequest {
    return this.#request(specifier, from ?? this.#host.fileOf(openModule))
  }

  complete(code: string, cursor: number): Completion {
    this.#takeOver()
    const { cell, text: typed } = this.#typedText(code, cursor)
    const quick = this.#native((native) => completeNative(native, typed.text, typed.offset, code, cursor))
    if (quick) return quick
    const isName = openSpecifier(code, cursor) === undefined
    if (isName && !this.#isWarm && this.#native(() => true))
      return completeNames(code, cursor, cell, this.#names.all())
    const { text, offset, file } = this.#open(code)
    const explain = (names: readonly string[]) => {
      const { file: other, offset: start } = this.#open(names.join(";\n"), explainedModule)
      const before = (i: number) => names.slice(0, i).reduce((sum, name) => sum + name.length + 2, 0)
      return names.map((_, i) => explainName(this.#service, other, start + before(i)))
    }
    const live = this.#names.all()
    return complete({ service: this.#service, file, code, cursor, text, offset, live, explain })
  }

  inspect(code: string, cursor: number, withSource = false): Inspection | undefined {
    this.#takeOver()
    const source = withSource ? this.#sources.at(code, cursor) : undefined
    const { text: typed } = this.#typedText(code, cursor)
    const quick = this.#native((native) => inspectNative(native, typed.text, typed.offset, code, cursor))
    if (quick) return inspectionOf(quick, source)
    const { offset, file } = this.#open(code)
    const found = inspectAt(this.#service, file, code, cursor, offset)
    return found && inspectionOf(found, source)
  }

  /** Brings the service that explains and completes up to date, so that the next Tab need not wait for it. */
  warmTyping(): void {
    this.#takeOver()
    this.#isWarm = true
    const { file, offset } = this.#open("0")
    this.#service.getQuickInfoAtPosition(file, offset)
  }

  isComplete(code: string): Completeness {
    const name = `cell${this.#host.extension}`
    return objectCell(code, name) ? { status: "complete" } : completeness(code, ts, name)
  }

  /** Enters a name whose value came from elsewhere: it may be anything. */
  define(name: string): void {
    this.#takeOver()
    this.#names.addCell(undefined, readCell(`let ${name}: any`), ["any"])
  }

  /** All cells are forgotten: their values are gone. */
  reset(): void {
    this.#takeOver()
    for (const module of this.#modules.takeUnneeded([])) this.#drop(module)
    this.#names.clear()
    this.#sources.clear()
    this.#keepHub()
    this.#addHelpers()
  }

  close(): void {
    this.#checker.close()
    this.#service.dispose()
  }

  #configure(options: ts.CompilerOptions): void {
    if (options.strict === this.#options.strict) return
    this.#options = options
    this.#host.configure(options)
    this.#checker.configure(options)
  }

  /** The names of the last cell become those of later ones: not before it runs, as it need not wait for that. */
  #takeOver(): void {
    this.#kept?.()
    this.#kept = undefined
  }

  #addHelpers(): void {
    this.#names.addCell(gatewayModule, readCell(gatewayText))
    this.#checker.keep(gatewayModule, `export ${gatewayText}`)
    this.#host.set(gatewayModule, `export ${gatewayText}`)
    const types = this.name === "typescript" ? webAssemblyModule(this.#options) : undefined
    if (types !== undefined) {
      this.#checker.keep(webAssemblyName, types)
      this.#host.keep(webAssemblyName, types)
    }
    for (const { specifier, folder, inScope, typesInScope } of this.provided)
      this.#names.addHelpers(specifier, inScope, typesInScope ? this.#typesIn(folder) : [])
  }

  #typesIn(folder: string): string[] {
    try {
      return exportedTypes(folder, ts)
    } catch (error) {
      this.log(`types of ${folder}: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }

  #read(code: string): CellSyntax {
    const cell = readCell(code, `cell${this.#host.extension}`)
    if (/<[\p{L}>]/u.test(code)) for (const name of jsxNames(this.#options)) cell.used.add(name)
    return cell
  }

  #textFor(code: string, isChecked = true): CellText {
    const cell = this.#read(code)
    return checkText(code, cell, this.#names.usedBy(cell), this.name, isChecked)
  }

  #hubText(code: string, cell: CellSyntax, used: readonly LiveName[]): CellText | undefined {
    return this.#hub && hubText(code, cell, used, this.#hub)
  }

  /** The text in which the native checker looks at the cursor: mostly the one that the cell will be checked in. */
  #typedText(code: string, cursor: number): { cell: CellSyntax; text: CellText } {
    const cell = this.#read(code)
    const used = this.#names.usedBy(cell)
    const isInImport = cell.imports.some(({ from, to }) => from <= cursor && cursor <= to)
    const quick = isInImport ? undefined : this.#hubText(code, cell, used)
    return { cell, text: quick ?? checkText(code, cell, used, this.name) }
  }

  /**
   * Files may have been saved, and packages installed, since the last cell. The former is seen by looking at them;
   * the latter matter only to a cell that did not find one.
   */
  #check(
    code: string,
    cell: CellSyntax,
    used: readonly LiveName[],
    meanwhile: () => void,
  ): { found: readonly Problem[]; checked: CellText } {
    for (const { specifier } of cell.imported) {
      const file = this.#request(specifier, this.#host.fileOf(openModule)).file
      if (file !== undefined) this.#files.add(file)
    }
    if (this.#files.changed()) this.#checker.refresh()
    const quick = this.#hubText(code, cell, used)
    if (quick && this.#checker.check(openModule, quick.text, meanwhile).length === 0)
      return { found: [], checked: quick }
    const checked = checkText(code, cell, used, this.name)
    const found = this.#checker.check(openModule, checked.text, meanwhile)
    if (!this.#late.mayMend(found)) return { found, checked }
    this.#checker.refresh()
    return { found: this.#checker.check(openModule, checked.text), checked }
  }

  #native<T>(question: (native: NativeChecker) => T): T | undefined {
    return this.#checker instanceof FallbackChecker ? this.#checker.attempt(question) : undefined
  }

  /**
   * The text as a module like the next cell's, without checking it. The hub is not in its program: all modules of it
   * would be searched for another name of whatever is explained.
   */
  #open(code: string, module = typedModule): CellText & { file: string } {
    const check = this.#textFor(code, false)
    return { ...check, file: this.#host.set(module, check.text) }
  }

  #keep(module: string, code: string, cell: CellSyntax, used: readonly LiveName[], checked: CellText): void {
    this.#sources.add(cell, code)
    const types = this.#plainTypes(cell, checked.offset)
    if (types) this.#names.addCell(undefined, cell, types)
    else {
      this.#names.addCell(module, cell)
      const { text } = checkText(code, cell, used, this.name)
      this.#checker.keep(module, text)
      this.#host.keep(module, text)
      this.#modules.add(
        module,
        used.flatMap((live) => (live.from === "cell" && live.module ? [live.module] : [])),
      )
    }
    for (const name of this.#modules.takeUnneeded(this.#names.modules())) this.#drop(name)
    if (types === undefined) this.#unlearned.add(`./${module}`)
    // A file of the reader's may go, or be another one tomorrow.
    const helpers = used.filter((live) => live.from === "helper")
    for (const { specifier } of [...cell.imported, ...helpers])
      if (this.#request(specifier, this.#host.fileOf(openModule)).file === undefined)
        this.#unlearned.add(specifier)
  }

  #keepHub(): void {
    if (!this.#hub) return
    for (const [module, text] of [
      [fixedModule, this.#hub.fixedText],
      [hubModule, this.#hub.text],
    ] as const) {
      this.#checker.keep(module, text)
      this.#host.set(module, text)
    }
  }

  /** The types of all that a cell declares, where they can be said in any module: then no module has to be kept. */
  #plainTypes({ declared }: CellSyntax, offset: number): string[] | undefined {
    if (declared.length > mostPlainNames || declared.some(({ at, ambient }) => at === undefined || ambient))
      return undefined
    const asked = declared.filter(({ literal }) => literal === undefined)
    const found = this.#checker.typesAt(
      openModule,
      asked.map(({ at }) => offset + at!),
    )
    const isSayable = (type: string, i: number) =>
      isPlainType(type) && (asked[i]!.kind !== "function" || signaturesOf(type).length > 0)
    if (!found.every(isSayable)) return undefined
    return declared.map((each) => each.literal ?? found[asked.indexOf(each)]!)
  }

  #drop(module: string): void {
    this.#hub?.drop(`./${module}`)
    this.#unlearned.delete(`./${module}`)
    this.#checker.drop(module)
    this.#host.drop(module)
  }

  #request(specifier: string, from: string): ImportRequest {
    if (this.provided.some((module) => module.specifier === specifier)) return { specifier }
    const file = localModule(specifier, from, this.#options, this.#ownPaths)
    return file === undefined ? { specifier } : { specifier, file }
  }
}
