import { basename, join, relative } from "node:path"
import { types } from "node:util"
import { Activity } from "../activity.js"
import { type Locate, locateFramesBy } from "../cell-frames.js"
import type { CellOutcome, CellRun, Cells, ProvidedModule } from "../cells.js"
import { context } from "../context.js"
import type { DebugLink } from "../debug/debug-link.js"
import { codeFrame, errorFrame, Interrupted } from "../error-frame.js"
import type { CompiledCell } from "../language/language.js"
import type { CellProblem } from "../language/problems.js"
import { log } from "../log.js"
import type { ErrorContent } from "../messages.js"
import { mimeBundle } from "../mime-bundle.js"
import { drainSigint } from "../sigint-drain.js"
import { isStopping, mustStop, places, type StopFlag } from "../stop-flag.js"
import { drive, ForAwait } from "./drive.js"
import { guarded, isInterruption } from "./guard.js"
import { ImportedNames } from "./imported-names.js"
import type { LanguageClient } from "./language-client.js"
import { moduleFunction } from "./module-function.js"
import { moduleMeta } from "./module-meta.js"
import { Modules } from "./modules.js"
import { SourcePositions } from "./source-positions.js"

/** Where the inspector finds the values of all cells, and how one is shown. */
const stateSymbol = Symbol.for("prelab.state")
const showSymbol = Symbol.for("prelab.show")

/** Older cells than this are no longer known in tracebacks. */
const keptPositions = 2000

interface RanCell {
  label: string
  positions: SourcePositions
}

/**
 * Cells in TypeScript: the language thread checks and compiles them, this thread runs them. Their variables are
 * properties of one object, so that a cell that declares a name anew changes it for every function that uses it.
 */
export class TypeScriptCells implements Cells {
  /** The language thread answers while a cell computes. */
  readonly language = undefined
  /** Without a prototype: a cell may call a variable `__proto__`. */
  readonly #helpers: Record<string, unknown> = Object.create(null)
  /** Helpers are inherited, so that debuggers list the reader's own variables alone. */
  readonly #state: Record<string, unknown> = Object.create(this.#helpers)
  readonly #names = new ImportedNames()
  readonly #modules: Modules
  readonly #cells = new Map<string, RanCell>()
  readonly #running = new Map<number, Activity>()
  readonly #folder = process.cwd()
  /** How many SIGINTs had been sent when the last cell began. */
  #signalsSeen: number | undefined = 0

  /** @param stop of the protocol thread: the id of the cell that has to stop, and the count of signals sent */
  constructor(
    readonly client: LanguageClient,
    readonly stop: StopFlag,
    readonly debug?: DebugLink,
  ) {
    const common = {
      __stop: stop,
      __checkStop: () => this.#checkStop(),
      __forAwait: (iterable: AsyncIterable<unknown>) => new ForAwait(iterable),
    }
    this.#modules = new Modules(this.#folder, client, common, debug, this.#names)
    locateFramesBy(this.#locate)
    Object.defineProperty(globalThis, stateSymbol, { value: this.#state, enumerable: false })
    Object.defineProperty(globalThis, showSymbol, { value: mimeBundle, enumerable: false })
  }

  async prepare(modules: ProvidedModule[]): Promise<void> {
    for (const { specifier, namespace } of modules) this.#modules.provide(specifier, namespace)
    const provided = modules.map(({ specifier, folder, types, namespace, inScope }) => ({
      specifier,
      folder,
      types,
      inScope: inScope.values ? Object.keys(namespace).filter((name) => name !== "default") : [],
      typesInScope: inScope.types,
    }))
    this.client.tell({ type: "open", folder: this.#folder, provided })
    await this.#modules.native.warmUp()
    // Of two modules that export one name, the first has it.
    for (const [i, { inScope }] of provided.entries())
      for (const name of inScope)
        if (!(name in this.#helpers)) this.#helpers[name] = modules[i]!.namespace[name as never]
  }

  async run(code: string, { id, label, keep, begun }: CellRun): Promise<CellOutcome> {
    if (this.stop[places.signals] !== this.#signalsSeen) {
      drainSigint()
      this.#signalsSeen = this.stop[places.signals]
    }
    const activity = context.getStore()?.activity ?? new Activity()
    this.#running.set(id, activity)
    try {
      const answer = await activity.stoppable(this.client.compileCell(code, label, keep))
      if (!answer.ok) return { ok: false, error: compileError(answer.problems, code, label) }
      return await this.#execute(answer, { code, label, begun }, activity)
    } catch (error) {
      const isStopped = activity.stopped || isStopping(this.stop, id)
      return { ok: false, error: this.explain(isStopped ? stoppedBy(error) : error) }
    } finally {
      begun?.()
      this.#running.delete(id)
    }
  }

  guard<T>(cell: number, piece: () => T): T {
    const made = guarded(piece)
    // Who only looks at a value takes an error for an answer, the Stop's too.
    if (isStopping(this.stop, cell)) throw new Interrupted()
    return made
  }

  explain(error: unknown): ErrorContent {
    return errorFrame(isInterruption(error) ? new Interrupted() : error, this.#locate)
  }

  interrupt(cell: number): void {
    this.#running.get(cell)?.stop()
  }

  defined(name: string): void {
    this.client.tell({ type: "defined", name })
  }

  reset(): void {
    for (const name of Object.keys(this.#state)) delete this.#state[name]
    this.#modules.reset()
    this.#names.clear()
    this.client.tell({ type: "reset" })
  }

  async #execute(
    cell: CompiledCell,
    { code, label, begun }: { code: string; label: string; begun: (() => void) | undefined },
    activity: Activity,
  ): Promise<CellOutcome> {
    const { js, map, awaits, imports, insertions, names } = cell
    this.#remember(label, new SourcePositions(code, map, 1, insertions, names))
    // A cell without imports starts at once.
    if (imports.length > 0) await activity.stoppable(this.#modules.load(imports))
    const url = `${label}.ts`
    const announced = this.debug?.announce({ label, code, url, map, headerLines: 1, insertions })
    if (announced) await activity.stoppable(announced)
    const run = moduleFunction(js, url, awaits)
    let last: unknown
    const file = join(this.#folder, `${label}.ts`)
    const modules = this.#modules
    this.#names.ofCell(cell.imported, cell.declared, (specifier) => modules.loaded(specifier, imports))
    const runtime = {
      ...modules.common,
      exports: this.#state,
      require: Object.assign((specifier: string) => modules.require(specifier), {
        resolve: modules.native.require.resolve,
        cache: modules.native.require.cache,
      }),
      module: { exports: this.#state },
      __filename: file,
      __dirname: this.#folder,
      __import: (specifier: string) => modules.loaded(specifier, imports),
      __dynamicImport: (specifier: unknown) => modules.import(String(specifier)),
      __meta: moduleMeta(file, modules.native.require),
      __last: (value: unknown) => {
        last = value
        return value
      },
    }
    const running = guarded(() => run(runtime))
    const rest = awaits ? drive(running as Generator, activity) : undefined
    begun?.()
    await rest
    // Not by itself: a promise that nobody awaits is shown as one.
    return { ok: true, value: last }
  }

  #checkStop(): void {
    if (mustStop(this.stop, context.getStore()?.cell)) throw new Interrupted()
  }

  #remember(label: string, positions: SourcePositions): void {
    this.#cells.set(`${label}.ts`, { label, positions })
    if (this.#cells.size > keptPositions) this.#cells.delete(this.#cells.keys().next().value!)
  }

  readonly #locate: Locate = (file, position) => {
    const cell = file === basename(file) ? this.#cells.get(file) : undefined
    const positions = cell?.positions ?? this.#modules.positionsOf(file)
    const place = positions?.originOf(position)
    if (!positions || !place) return undefined
    const label = cell?.label ?? relative(this.#folder, file)
    return { ...place, label, source: positions.source, names: positions.names }
  }
}

/**
 * The error of a cell that was stopped: it is the Stop's doing, also where a library has made its own of it, such as
 * "Command failed" of a command that got the signal.
 */
function stoppedBy(error: unknown): unknown {
  const isNative = types.isNativeError(error)
  if (isNative && (error instanceof Interrupted || isInterruption(error))) return error
  const stack = isNative ? error.stack : undefined
  return Object.assign(new Interrupted(), { cause: error }, stack === undefined ? {} : { stack })
}

/** What the type checker found, as an error whose name is the first finding's code. */
function compileError(problems: readonly CellProblem[], source: string, label: string): ErrorContent {
  const [first] = problems
  const traceback = problems.flatMap(({ line, column, length, code, message }) => [
    `${label}:${line}:${column} - TS${code}: ${message}`,
    ...codeFrame({ line, column, label, source }, length).slice(1),
  ])
  if (!first) log(`no finding in a cell that was refused: ${label}`)
  return { ename: `TS${first?.code}`, evalue: first?.message ?? "", traceback }
}
