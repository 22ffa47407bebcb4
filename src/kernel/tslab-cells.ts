import { AsyncLocalStorage } from "node:async_hooks"
import { basename, join } from "node:path"
import type { Converter, ConvertResult, Diagnostic } from "tslab/dist/converter.js"
import type { Executor } from "tslab/dist/executor.js"
import type { Locate } from "./cell-frames.js"
import type {
  CellLanguage,
  CellOutcome,
  CellRun,
  Cells,
  Completeness,
  Completion,
  Inspection,
  ProvidedModule,
} from "./cells.js"
import { completeness } from "./completeness.js"
import { context } from "./context.js"
import { codeFrame, errorFrame, Interrupted } from "./error-frame.js"
import { exportedTypes } from "./exported-types.js"
import { log } from "./log.js"
import { guardGlobal, guardLoops } from "./loop-guard.js"
import type { ErrorContent } from "./messages.js"
import { Positions } from "./positions.js"
import { drainSigint } from "./sigint-drain.js"
import { mustStop, places } from "./stop-flag.js"
import { awaitsAtTopLevel } from "./top-level-await.js"
import { forwardPackages, loadTslab, provideModules } from "./tslab-host.js"

interface Compiled {
  source: string
  output: string
  label: string
  isAsync: boolean
  positions?: Positions
}

/** What comes of one cell on its way through converter and executor. */
interface Run {
  label: string
  diagnostics: Diagnostic[]
  conversion?: ConvertResult
  thrown?: { error: unknown }
}

/** What tslab puts around the compiled code, on its first line. */
const wrappers = ["(async function(exports, require) { ", "(function(exports, require) { "]

/**
 * Cells by way of tslab: its converter checks and compiles them, its executor runs them. Both are written for a
 * kernel that prints everything; between them sits a converter of ours that keeps the compiler's findings, the
 * value of the last expression and the declarations, and a console that catches what the executor would print.
 */
export class TslabCells implements Cells, CellLanguage {
  readonly language = this
  readonly #tslab = loadTslab()
  #converter!: Converter
  #executor!: Executor
  /** Declarations of everything earlier cells have declared. */
  #declarations = ""
  /** The run that the executor's callbacks belong to: cells of several shells may be on their way at once. */
  readonly #runs = new AsyncLocalStorage<Run>()
  readonly #stop: Int32Array
  /** How many SIGINTs had been sent when the last cell began. */
  #signalsSeen: number | undefined = 0
  readonly #compiled = new Map<string, Compiled>()

  /** @param stop of the protocol thread: the id of the cell that has to stop, and the count of signals sent */
  constructor(stop: Int32Array) {
    this.#stop = stop
    const check = () => {
      if (mustStop(stop, context.getStore()?.cell)) throw new Interrupted()
    }
    Object.defineProperty(globalThis, guardGlobal, { value: { flag: stop, check }, enumerable: false })
  }

  /** tslab's cells know only what they have declared. */
  defined(): void {}

  reset(): void {
    this.#executor.reset()
    this.#declarations = ""
  }

  async prepare(provided: ProvidedModule[]): Promise<void> {
    const modules = provided.filter(({ inScope }) => inScope.values)
    const folder = process.cwd().replace(/\\/g, "/").replace(/\/$/, "")
    forwardPackages(
      this.#tslab.ts,
      new Map(
        modules.map(({ specifier, folder: home }) => [`${folder}/node_modules/${nameOf(specifier)}`, home]),
      ),
    )
    provideModules(new Map(modules.map((m) => [m.specifier, m.namespace])))
    this.#converter = this.#tslab.createConverter()
    const node: Converter = {
      ...this.#converter,
      convert: (_, source) => this.#convert(source),
      inspect: (_, source, position) => this.#converter.inspect(this.#declarations, source, position),
      complete: (_, source, position) => this.#converter.complete(this.#declarations, source, position),
      addModule: (name, content, meta) => {
        this.#run.diagnostics = this.#converter.addModule(name, content, meta)
        return []
      },
    }
    const executorConsole = {
      log: () => {},
      error: (error: unknown) => {
        this.#run.thrown = { error }
      },
    }
    const converters = { node, browser: node, close: () => this.#converter.close() }
    this.#executor = this.#tslab.createExecutor(process.cwd(), converters, executorConsole)
    await this.#importAll(modules)
  }

  /** Brings all exports of the modules into scope; of two with one name, the first. */
  async #importAll(modules: ProvidedModule[]): Promise<void> {
    const taken = new Set<string>()
    const imports = modules.map(({ specifier, namespace, folder, inScope }) => {
      const all = inScope.values ? Object.keys(namespace) : []
      const values = all.filter((name) => name !== "default" && !taken.has(name))
      const types = inScope.types ? this.#typesIn(folder) : []
      const names = [...new Set([...values, ...types])].filter((name) => !taken.has(name))
      for (const name of names) taken.add(name)
      return { specifier, names, values }
    })
    const cell = { id: 0, label: "prelude", keep: true }
    const importOf = ({ specifier, names }: { specifier: string; names: string[] }) =>
      `import { ${names.join(", ")} } from "${specifier}"`
    // All at once, as every cell costs a run of the checker; one by one only to find the one that fails.
    if ((await this.run(imports.map(importOf).join("\n"), cell)).ok) return
    for (const each of imports) {
      const typed = await this.run(importOf(each), cell)
      if (typed.ok) continue
      log(`types of ${each.specifier}: ${typed.error.evalue}`)
      // Without their types, the values are still there, as `any`.
      const untyped = await this.run(
        `const { ${each.values.join(", ")} } = require("${each.specifier}")`,
        cell,
      )
      if (!untyped.ok) log(`cannot import ${each.specifier}: ${untyped.error.evalue}`)
    }
  }

  #typesIn(packageRoot: string): string[] {
    try {
      return exportedTypes(packageRoot, this.#tslab.ts)
    } catch (error) {
      log(`types of ${packageRoot}: ${error instanceof Error ? error.message : error}`)
      return []
    }
  }

  async run(code: string, { label, begun }: CellRun): Promise<CellOutcome> {
    begun?.()
    if (this.#stop[places.signals] !== this.#signalsSeen) {
      drainSigint()
      this.#signalsSeen = this.#stop[places.signals]
    }
    const run: Run = { label, diagnostics: [] }
    try {
      await this.#runs.run(run, () => this.#executor.execute(code))
    } catch (error) {
      run.thrown = { error }
    }
    const { diagnostics, conversion, thrown } = run
    if (diagnostics.length > 0) return { ok: false, error: this.#compileError(diagnostics, code, label) }
    if (thrown) return { ok: false, error: this.explain(thrown.error) }
    const name = conversion?.lastExpressionVar
    if (name === undefined) return { ok: true, value: undefined }
    const value: unknown = this.#executor.locals[name]
    delete this.#executor.locals[name]
    return { ok: true, value }
  }

  complete(code: string, cursor: number): Completion {
    const { start, end, candidates, original } = this.#executor.complete(code, cursor)
    const kinds = new Map(original?.entries.map((entry) => [entry.name, String(entry.kind)]))
    const matches = candidates.map((text) => ({ text, type: completionType(kinds.get(text) ?? "") }))
    return { start, end, matches }
  }

  inspect(code: string, cursor: number): Inspection | undefined {
    // A cursor behind a name means that name.
    const found = [cursor, cursor - 1]
      .filter((position) => position >= 0)
      .map((position) => this.#executor.inspect(code, position))
      .find((info) => info?.displayParts?.length)
    if (!found) return undefined
    const join = (parts: readonly { text: string }[] = []) => parts.map((part) => part.text).join("")
    const signature = join(found.displayParts)
    const docs = join(found.documentation)
    const tags = (found.tags ?? []).map(({ name, text }) => `@${name} ${join(text)}`.trim())
    const text = [signature, docs, tags.join("\n")].filter(Boolean).join("\n\n")
    const markdownTags = tags.map((tag) => `*${tag.replace(" ", "* ")}`)
    const markdown = [`\`\`\`typescript\n${signature}\n\`\`\``, docs, ...markdownTags]
    return { text, markdown: markdown.filter(Boolean).join("\n\n") }
  }

  isComplete(code: string): Completeness {
    return completeness(code, this.#tslab.ts)
  }

  guard<T>(_cell: number, piece: () => T): T {
    return piece()
  }

  explain(error: unknown): ErrorContent {
    return errorFrame(asInterrupted(error), this.#locate)
  }

  interrupt(): void {
    this.#executor.interrupt()
  }

  get #run(): Run {
    return this.#runs.getStore()!
  }

  #convert(source: string): ConvertResult {
    const run = this.#run
    const converted = this.#converter.convert(this.#declarations, source)
    run.diagnostics = converted.diagnostics
    if (converted.diagnostics.length > 0) return converted
    run.conversion = converted
    // Also for a cell that will throw: what it has assigned until then stays usable.
    this.#declarations = converted.declOutput ?? ""
    if (!converted.output) return converted
    const output = guardLoops(converted.output, this.#tslab.ts)
    const hasToplevelAwait = awaitsAtTopLevel(source, this.#tslab.ts)
    this.#compiled.set(`${run.label}.ts`, { source, output, label: run.label, isAsync: hasToplevelAwait })
    // Without the name of the last expression the executor prints no result.
    const { lastExpressionVar: _, ...silent } = converted
    return { ...silent, hasToplevelAwait, output: `${output}\n//# sourceURL=${run.label}.ts` }
  }

  readonly #locate: Locate = (file, { line, column }) => {
    const compiled = this.#compiled.get(basename(file))
    if (!compiled || file !== basename(file)) return undefined
    // Behind the last line stands the wrapper's own call.
    if (line > compiled.output.split("\n").length) return undefined
    const shift = line === 1 ? wrappers[compiled.isAsync ? 0 : 1]!.length : 0
    compiled.positions ??= new Positions(compiled.source, compiled.output)
    const place = compiled.positions.originOf({ line, column: Math.max(1, column - shift) })
    return place && { ...place, label: compiled.label, source: compiled.source }
  }

  #compileError(diagnostics: Diagnostic[], source: string, label: string): ErrorContent {
    const [first] = diagnostics
    const lines = diagnostics.flatMap((diagnostic) => {
      const { start, end, code, messageText, fileName } = diagnostic
      const [line, column] = [start.line + 1, start.character + 1]
      const where = fileName ? join(fileName) : label
      const heading = `${where}:${line}:${column} - TS${code}: ${messageText}`
      if (fileName) return [heading]
      const length = end.line === start.line ? end.character - start.character : 1
      return [heading, ...codeFrame({ line, column, label, source }, length).slice(1)]
    })
    const ename = first!.code ? `TS${first!.code}` : "CompileError"
    return { ename, evalue: first!.messageText, traceback: lines }
  }
}

/** The package's part of a specifier. */
function nameOf(specifier: string): string {
  return /^@[^/]+\/[^/]+|^[^/]+/.exec(specifier)![0]
}

/** The two ways in which code that was stopped ends: below SIGINT, and while it waited. */
function asInterrupted(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  const stopped = code === "ERR_SCRIPT_EXECUTION_INTERRUPTED" || message === "Interrupted asynchronously"
  return stopped ? new Interrupted() : error
}

const completionTypes: Record<string, string> = {
  method: "method",
  function: "function",
  "local function": "function",
  class: "class",
  interface: "interface",
  type: "type",
  enum: "enum",
  module: "module",
  keyword: "keyword",
  property: "property",
  getter: "property",
  setter: "property",
  alias: "module",
}

/** TypeScript's word for a kind of name in the words of JupyterLab's completer icons. */
function completionType(kind: string): string {
  return completionTypes[kind] ?? "variable"
}
