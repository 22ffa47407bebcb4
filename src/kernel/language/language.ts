import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import ts from "typescript"
import type { Completeness, Completion, Inspection } from "../cells.js"
import { completeness } from "../completeness.js"
import { exportedTypes } from "../exported-types.js"
import { cellOptions } from "./cell-options.js"
import { type CellText, checkText, importsOf, runText } from "./cell-texts.js"
import type { Checker, Problem } from "./checker.js"
import { type Compiled, compile } from "./compile.js"
import { complete } from "./complete.js"
import { inspectAt } from "./inspect.js"
import { type LiveName, LiveNames } from "./live-names.js"
import { type ImportRequest, localModule } from "./local-modules.js"
import { openChecker } from "./open-checker.js"
import { type CellProblem, cellProblems } from "./problems.js"
import { type CellSyntax, type Insertion, readCell } from "./read-cell.js"
import { ServiceHost } from "./service-host.js"

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
  ok: true
  imports: ImportRequest[]
  /** How the compiled text was made from the cell's own, for the way back. */
  offset: number
  insertions: Insertion[]
}

export type CellAnswer = CompiledCell | { ok: false; problems: CellProblem[] }

export interface CompiledFile extends Compiled {
  imports: ImportRequest[]
}

/** All that the kernel knows of TypeScript: checks and compiles cells, completes and explains their text. */
export class Language {
  readonly #host: ServiceHost
  readonly #service: ts.LanguageService
  readonly #checker: Checker
  readonly #names = new LiveNames()
  /** Of each kept module, the modules that it imports from. */
  readonly #uses = new Map<string, Set<string>>()
  readonly #ownPaths: boolean
  readonly #options: ts.CompilerOptions
  #count = 0

  constructor(
    readonly folder: string,
    readonly provided: readonly ProvidedNames[],
    readonly log: (line: string) => void,
  ) {
    const { options, problems } = cellOptions(folder, provided)
    for (const problem of problems) log(problem)
    this.#options = options
    this.#ownPaths = Object.keys(options.paths ?? {}).length > provided.length
    this.#host = new ServiceHost(folder, options, [...new Set(provided.map((module) => module.folder))])
    this.#service = ts.createLanguageService(this.#host, ts.createDocumentRegistry())
    this.#checker = openChecker({ folder, options, host: this.#host, service: this.#service, log })
    this.#addHelpers()
  }

  get checkerName(): string {
    return this.#checker.name
  }

  /** Reads the standard library, so that the first cell need not wait for it. */
  warmUp(): void {
    compile("await 0", { fileName: "cell.ts", isCell: true })
    for (const { specifier, inScope } of this.provided) {
      if (inScope.length === 0) continue
      const { text } = this.#textFor(`void [${inScope.join(", ")}]`).check
      for (const { message } of this.#checker.check("__warm_up", text))
        this.log(`types of ${specifier}: ${message}`)
    }
    this.#checker.drop("__warm_up")
  }

  /** Checks a cell and compiles it. With `keep`, later cells see what it declares. */
  compileCell(code: string, { label, keep }: { label: string; keep: boolean }): CellAnswer {
    const module = `__cell_${++this.#count}`
    const { cell, used, check } = this.#textFor(code)
    const problems = cellProblems(this.#check(module, check.text), check, code, this.#host.fileOf(module))
    if (problems.length > 0) {
      this.#checker.drop(module)
      return { ok: false, problems }
    }
    if (keep) this.#keep(module, cell, used, check)
    else this.#checker.drop(module)
    const run = runText(code, cell, used)
    const compiled = compile(run.text, {
      fileName: `${label}.ts`,
      options: this.#emitOptions(),
      isCell: true,
    })
    const from = this.#host.fileOf(module)
    return {
      ok: true,
      ...compiled,
      imports: importsOf(cell, used).map((specifier) => this.#request(specifier, from)),
      offset: run.offset,
      insertions: cell.insertions,
    }
  }

  /** Compiles a source file of the reader's, without looking at its types. */
  compileFile(file: string): CompiledFile {
    const text = readFileSync(file, "utf8")
    const { specifiers } = readCell(text, file)
    const compiled = compile(text, { fileName: file, options: this.#emitOptions() })
    return { ...compiled, imports: specifiers.map((specifier) => this.#request(specifier, file)) }
  }

  /** Where `require(specifier)` or `import(specifier)` of a file or cell leads, if to a file of the reader's. */
  locate(specifier: string, from: string | undefined): ImportRequest {
    return this.#request(specifier, from ?? this.#host.fileOf("__cell_0"))
  }

  complete(code: string, cursor: number): Completion {
    const { text, offset, file } = this.#open(code)
    return complete({ service: this.#service, file, code, cursor, text, offset, live: this.#names.all() })
  }

  inspect(code: string, cursor: number): Inspection | undefined {
    const { offset, file } = this.#open(code)
    return inspectAt(this.#service, file, code, cursor, offset)
  }

  isComplete(code: string): Completeness {
    return completeness(code, ts)
  }

  /** All cells are forgotten: their values are gone. */
  reset(): void {
    for (const module of this.#uses.keys()) this.#drop(module)
    this.#names.clear()
    this.#addHelpers()
  }

  close(): void {
    this.#checker.close()
  }

  #addHelpers(): void {
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

  #textFor(code: string): { cell: CellSyntax; used: LiveName[]; check: CellText } {
    const cell = readCell(code)
    const used = this.#names.usedBy(cell)
    return { cell, used, check: checkText(code, cell, used) }
  }

  #check(module: string, text: string): Problem[] {
    return this.#checker.check(module, text)
  }

  /** The text as the module that the next cell will be, without checking it. */
  #open(code: string): CellText & { file: string } {
    const { check } = this.#textFor(code)
    return { ...check, file: this.#host.set(`__cell_${this.#count + 1}`, check.text) }
  }

  /** Modules that no name leads to any more go: a notebook that runs for days would fill the memory with them. */
  #keep(module: string, cell: CellSyntax, used: readonly LiveName[], check: CellText): void {
    this.#names.addCell(module, cell)
    if (cell.declared.length === 0) this.#checker.drop(module)
    else {
      this.#checker.keep(module, check.text)
      this.#host.set(module, check.text)
      this.#uses.set(module, new Set(used.flatMap((live) => (live.from === "cell" ? [live.module] : []))))
    }
    const wanted = new Set<string>()
    const mark = (name: string): void => {
      if (wanted.has(name)) return
      wanted.add(name)
      for (const other of this.#uses.get(name) ?? []) mark(other)
    }
    for (const name of this.#names.modules()) mark(name)
    for (const name of [...this.#uses.keys()].filter((known) => !wanted.has(known))) this.#drop(name)
  }

  #drop(module: string): void {
    this.#uses.delete(module)
    this.#checker.drop(module)
    this.#host.drop(module)
  }

  #request(specifier: string, from: string): ImportRequest {
    if (this.provided.some((module) => module.specifier === specifier)) return { specifier }
    const file = localModule(specifier, from, this.#options, this.#ownPaths)
    return file === undefined ? { specifier } : { specifier, file }
  }

  #emitOptions(): ts.CompilerOptions {
    const { jsx, jsxFactory, jsxFragmentFactory, jsxImportSource } = this.#options
    const { experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields } = this.#options
    return {
      jsx: jsx ?? ts.JsxEmit.ReactJSX,
      ...(jsxFactory === undefined ? {} : { jsxFactory }),
      ...(jsxFragmentFactory === undefined ? {} : { jsxFragmentFactory }),
      ...(jsxImportSource === undefined ? {} : { jsxImportSource }),
      ...(experimentalDecorators === undefined ? {} : { experimentalDecorators }),
      ...(emitDecoratorMetadata === undefined ? {} : { emitDecoratorMetadata }),
      ...(useDefineForClassFields === undefined ? {} : { useDefineForClassFields }),
    }
  }
}

/** The folder of a module's declarations, whose files do not change while the kernel runs. */
export function folderOf(types: string): string {
  return dirname(types)
}
