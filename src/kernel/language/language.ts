import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import ts from "typescript"
import type { Completeness, Completion, Inspection } from "../cells.js"
import { completeness } from "../completeness.js"
import { type CellLanguageName, extensionOf } from "./cell-language.js"
import { openModule } from "./cell-modules.js"
import { cellOptions, forJavaScript, looser } from "./cell-options.js"
import { type CellText, checkText, importsOf, runText } from "./cell-texts.js"
import type { Checker, Problem } from "./checker.js"
import { type Compiled, compile, type SyntaxProblem } from "./compile.js"
import { EarlierCells, type ProvidedNames } from "./earlier-cells.js"
import { emitOptionsOf, jsxNames } from "./emit-options.js"
import { FallbackChecker } from "./fallback-checker.js"
import { LateModules } from "./late-modules.js"
import type { LiveName } from "./live-names.js"
import { type ImportRequest, localModule } from "./local-modules.js"
import type { NativeChecker } from "./native-checker.js"
import { objectCell } from "./object-cell.js"
import { openChecker } from "./open-checker.js"
import { type CellProblem, cellProblems } from "./problems.js"
import { type CellSyntax, type ImportedName, type Insertion, importedBy, readCell } from "./read-cell.js"
import { ScriptChecker } from "./script-checker.js"
import { ServiceHost } from "./service-host.js"
import { standingText } from "./standing-text.js"
import { Typing } from "./typing.js"
import { WatchedFiles } from "./watched-files.js"
import { type WrittenNames, writtenNames } from "./written-names.js"

export interface CompiledCell extends Compiled {
  ok: true
  names: WrittenNames
  imports: ImportRequest[]
  /** The names that it imports itself, and those that it declares. */
  imported: ImportedName[]
  declared: string[]
  /** How the compiled text was made from the cell's own, for the way back. */
  offset: number
  insertions: Insertion[]
}

export type CellAnswer = CompiledCell | { ok: false; problems: CellProblem[] }

export interface CompiledFile extends Compiled {
  names: WrittenNames
  imports: ImportRequest[]
  imported: ImportedName[]
  problem: SyntaxProblem | undefined
}

function usesTslab(code: string): boolean {
  return /\bfrom\s*["']tslab["']|\brequire\(\s*["']tslab["']/.test(code)
}

/** All that the kernel knows of TypeScript: checks and compiles cells, completes and explains their text. */
export class Language {
  readonly #host: ServiceHost
  readonly #checker: Checker
  readonly #earlier: EarlierCells
  readonly #typing: Typing
  readonly #files = new WatchedFiles((specifier, from) => this.#request(specifier, from).file)
  readonly #late = new LateModules()
  /** The reader's tsconfig. */
  readonly #configFiles = new WatchedFiles(() => undefined)
  #options: ts.CompilerOptions
  /** Cells were written for tslab. */
  #isLoose = false
  /** Enters the names of the cell that was compiled last. */
  #kept: (() => void) | undefined

  constructor(
    readonly folder: string,
    readonly provided: readonly ProvidedNames[],
    readonly log: (line: string) => void,
    readonly name: CellLanguageName = "typescript",
  ) {
    const { options, withJsx } = this.#readOptions()
    this.#options = options
    const folders = [...new Set(provided.map((module) => module.folder))]
    const host = new ServiceHost(folder, options, folders, extensionOf(name, withJsx))
    this.#host = host
    const checker = openChecker({ folder, options, host, log })
    this.#checker = checker
    const isFile = (specifier: string) => this.#request(specifier, host.fileOf(openModule)).file !== undefined
    this.#earlier = new EarlierCells({ host, checker, provided, language: name, log, isFile })
    this.#typing = new Typing({
      host,
      earlier: this.#earlier,
      read: (code) => this.#read(code),
      native: (question) => this.#native(question),
    })
  }

  /** Reads the standard library, so that the first cell need not wait for it. */
  warmUp(): void {
    compile("await 0", { fileName: "cell.ts", isCell: true })
    this.#earlier.warmUp()
    for (const { specifier, inScope } of this.provided) {
      if (inScope.length === 0) continue
      const code = `void [${inScope.join(", ")}]`
      const cell = this.#read(code)
      const { text } = checkText(code, cell, this.#earlier.names.usedBy(cell), this.name)
      for (const { message } of this.#checker.check(openModule, text))
        this.log(`types of ${specifier}: ${message}`)
    }
  }

  /** By which cells are checked now. */
  get options(): ts.CompilerOptions {
    return this.#options
  }

  /** Checks a cell and compiles it. With `keep`, later cells see what it declares. */
  compileCell(written: string, { label, keep }: { label: string; keep: boolean }): CellAnswer {
    const code = standingText(written, this.#host.cellFile)
    this.#takeOver()
    if (usesTslab(code) && !this.#isLoose) {
      this.#isLoose = true
      this.#configure(looser(this.#options))
    }
    if (this.#configFiles.changed()) {
      this.#configure(this.#readOptions().options)
      this.#earlier.refresh()
    }
    const cell = this.#read(code)
    const used = this.#earlier.names.usedBy(cell)
    const run = runText(code, cell, used)
    const shared = cell.declared.filter(({ kind }) => kind === "function" || kind === "class")
    let compiled: Compiled | undefined
    const emit = () => {
      compiled ??= compile(run.text, {
        fileName: `${label}${this.#host.extension}`,
        options: emitOptionsOf(this.#options),
        isCell: true,
        shared: new Set(shared.map(({ name }) => name)),
        variables: new Set([...cell.declared, ...used].map(({ name }) => name)),
      })
      return compiled
    }
    const giveBack = this.#earlier.yieldTo(cell)
    const { found, checked } = this.#check(code, cell, used, emit)
    const problems = cellProblems(found, checked, code, used)
    if (problems.length > 0 || !keep) giveBack()
    if (problems.length > 0) return { ok: false, problems }
    if (keep) this.#kept = () => this.#earlier.keep({ code, syntax: cell, used, text: checked })
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
      imported: cell.imported,
      declared: cell.declared.map(({ name }) => name),
      offset: run.offset,
      insertions: cell.insertions,
    }
  }

  /** Lets go of what only the last cell needed, once its answer is out. */
  release(): void {
    this.#native((native) => native.release())
  }

  /** Does what the last cell has left to do, while nobody waits. */
  settle(): void {
    this.#takeOver()
    this.#native((native) => native.settle(openModule))
  }

  /** Learns what the last cells imported. It takes longer than most cells, so it is for when the reader thinks. */
  learn(): void {
    this.#takeOver()
    const learned = this.#earlier.learn()
    if (learned === undefined) return
    if (learned > 0) this.#native((native) => native.settle(openModule))
    // What cells imported is in the hub's program now.
    if (this.#checker instanceof ScriptChecker) this.#checker.settle()
  }

  /** Compiles a source file of the reader's, without looking at its types. */
  compileFile(file: string): CompiledFile {
    const text = standingText(readFileSync(file, "utf8"), file)
    const { specifiers, imported } = readCell(text, file)
    const compiled = compile(text, { fileName: file, options: emitOptionsOf(this.#options) })
    const { jsxRuntime } = compiled
    const all = [...specifiers, ...(jsxRuntime === undefined ? [] : [jsxRuntime])]
    return {
      ...compiled,
      names: writtenNames(compiled.js, imported),
      imports: all.map((specifier) => this.#request(specifier, file)),
      imported,
    }
  }

  /** Where `require(specifier)` or `import(specifier)` of a file or cell leads, if to a file of the reader's. */
  locate(specifier: string, from: string | undefined): ImportRequest {
    return this.#request(specifier, from ?? this.#host.fileOf(openModule))
  }

  complete(written: string, cursor: number): Completion {
    this.#takeOver()
    return this.#typing.complete(standingText(written, this.#host.cellFile), cursor)
  }

  inspect(written: string, cursor: number, withSource = false): Inspection | undefined {
    this.#takeOver()
    return this.#typing.inspect(standingText(written, this.#host.cellFile), cursor, withSource)
  }

  /** Brings the service that explains and completes up to date. */
  warmTyping(): void {
    this.#takeOver()
    this.#typing.warmUp()
  }

  isComplete(code: string): Completeness {
    const name = this.#host.cellFile
    return objectCell(code, name) ? { status: "complete" } : completeness(code, ts, name)
  }

  /** Enters a name whose value came from elsewhere: it may be anything. */
  define(name: string): void {
    this.#takeOver()
    this.#earlier.define(name)
  }

  /** All cells are forgotten: their values are gone. */
  reset(): void {
    this.#takeOver()
    this.#earlier.clear()
  }

  close(): void {
    this.#checker.close()
    this.#typing.close()
  }

  /** By the reader's tsconfig, as it is now. Whether cells are written with JSX was settled when the kernel started. */
  #readOptions(): { options: ts.CompilerOptions; withJsx: boolean } {
    const { options, withJsx, configFiles, declarations, problems } = cellOptions(this.folder, this.provided)
    for (const problem of problems) this.log(problem)
    for (const file of configFiles) this.#configFiles.add(file)
    for (const file of declarations) this.#files.add(file)
    const own = this.name === "javascript" ? forJavaScript(options) : options
    return { options: this.#isLoose ? looser(own) : own, withJsx }
  }

  #configure(options: ts.CompilerOptions): void {
    this.#options = options
    this.#host.configure(options)
    this.#checker.configure(options)
  }

  /** The names of the last cell become those of later ones: not before it runs, as it need not wait for that. */
  #takeOver(): void {
    this.#kept?.()
    this.#kept = undefined
  }

  #read(code: string): CellSyntax {
    const cell = this.#earlier.names.joined(readCell(code, this.#host.cellFile))
    if (/<[\p{L}>]/u.test(code)) for (const name of jsxNames(this.#options)) cell.used.add(name)
    return cell
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
    for (const specifier of importedBy(cell)) {
      const file = this.#request(specifier, this.#host.fileOf(openModule)).file
      if (file !== undefined) this.#files.add(file)
    }
    if (this.#files.changed()) {
      this.#checker.refresh()
      this.#earlier.refresh()
    }
    const quick = this.#earlier.quickText(code, cell, used)
    if (quick && this.#checker.check(openModule, quick.text, meanwhile).length === 0)
      return { found: [], checked: quick }
    const checked = this.#earlier.checkText(code, cell, used)
    const found = this.#checker.check(openModule, checked.text, meanwhile)
    if (!this.#late.mayMend(found)) return { found, checked }
    this.#checker.refresh()
    return { found: this.#checker.check(openModule, checked.text), checked }
  }

  #native<T>(question: (native: NativeChecker) => T): T | undefined {
    return this.#checker instanceof FallbackChecker ? this.#checker.attempt(question) : undefined
  }

  #request(specifier: string, from: string): ImportRequest {
    if (this.provided.some((module) => module.specifier === specifier)) return { specifier }
    const file = localModule(specifier, from, this.#options)
    if (file !== undefined) return { specifier, file }
    const folder = dirname(from)
    return folder === dirname(this.#host.fileOf(openModule)) ? { specifier } : { specifier, folder }
  }
}
