import type { CompilerOptions } from "typescript"
import type { CellExtension } from "./cell-language.js"
import type { Checker, Problem } from "./checker.js"
import type { Diagnostic, Project } from "./native-api.js"
import { findNativeCompiler, type NativeCompiler } from "./native-compiler.js"
import { NativeModules } from "./native-modules.js"
import {
  describeNative,
  type NativeCompletion,
  type NativeDescription,
  nativeCompletions,
} from "./native-names.js"
import { nativeOptions } from "./native-options.js"
import { NativeProcess } from "./native-process.js"
import { NativeWatchdog, SilenceError } from "./native-watchdog.js"

export interface NativeCheckerOptions {
  /** The notebook's folder: cells are modules in it, without being written there. */
  folder: string
  compilerOptions: CompilerOptions
  /** A file of the kernel's package, whose own TypeScript 7 is used, and which every notebook can import by name. */
  resolveFrom: string | URL
  /** Of the cells' files; by default .ts. */
  extension?: CellExtension
  /** How long one answer may take, in ms, before the process is given up. */
  patience?: number
}

/** TypeScript 7 as checker, or undefined where it is not installed. The first check starts it. */
export function openNativeChecker(options: NativeCheckerOptions): NativeChecker | undefined {
  const compiler = findNativeCompiler(options.resolveFrom, options.folder)
  return compiler && new NativeChecker(compiler, options)
}

const error = 1

/**
 * Checks cells in a process of TypeScript 7. A process that dies between two checks (a Ctrl-C in the terminal reaches
 * it too) is replaced; when it does not answer, a check throws.
 */
export class NativeChecker implements Checker {
  readonly name: string
  readonly #compiler: NativeCompiler
  readonly #folder: string
  readonly #modules: NativeModules
  readonly #patience: number
  readonly #resolveFrom: string | URL
  #watchdog: NativeWatchdog | undefined
  #process: NativeProcess | undefined

  constructor(compiler: NativeCompiler, options: NativeCheckerOptions) {
    const { folder, compilerOptions, resolveFrom, extension, patience = 15_000 } = options
    this.name = `TypeScript ${compiler.version}`
    this.#compiler = compiler
    this.#folder = folder
    this.#modules = new NativeModules(folder, nativeOptions(compilerOptions, folder, resolveFrom), extension)
    this.#patience = patience
    this.#resolveFrom = resolveFrom
  }

  /** The process behind it, once there is one. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  check(name: string, text: string, meanwhile?: () => void): Problem[] {
    return this.#ask(name, text, ({ program }, file) => {
      const syntactic = program.getSyntacticDiagnostics(file)
      const semantic = this.#process!.during(meanwhile, () => program.getSemanticDiagnostics(file))
      return [...syntactic, ...semantic]
        .filter(({ category }) => category === error)
        .map((diagnostic) => problem(name, diagnostic))
    })
  }

  typesAt(name: string, positions: readonly number[]): string[] {
    const file = this.#modules.file(name)
    return this.#guarded(file, ({ checker }) =>
      positions.map((position) => {
        const type = checker.getTypeAtPosition(file, position)
        return type ? checker.typeToString(type) : ""
      }),
    )
  }

  wideLiteralsAt(name: string, position: number): number {
    const file = this.#modules.file(name)
    return this.#guarded(file, ({ checker }) => {
      const type = checker.getTypeAtPosition(file, position)
      const members = type?.getTypes() ?? (type ? [type] : [])
      return members.filter(({ id, freshType }) => freshType === id).length
    })
  }

  keep(name: string, text: string): void {
    this.#modules.set(this.#modules.file(name), text)
  }

  drop(name: string): void {
    this.#modules.delete(this.#modules.file(name))
  }

  refresh(): void {
    this.#modules.refresh()
  }

  /** Tells the process what has changed, so that the next check need not. */
  settle(name: string): void {
    this.#guarded(this.#modules.file(name), () => undefined)
  }

  /** Lets go of what earlier checks needed. */
  release(): void {
    const process = this.#process
    if (!process) return
    try {
      this.#watchdog?.guard(process.pid, () => process.release())
    } catch {
      // One that died meanwhile has let go of everything: the next check starts another.
      this.#end()
    }
  }

  /** The process starts anew with these: its rules are those of a whole program. */
  configure(options: CompilerOptions): void {
    this.#modules.configure(nativeOptions(options, this.#folder, this.#resolveFrom))
    this.#end()
  }

  close(): void {
    this.#end()
    this.#watchdog?.close()
    this.#watchdog = undefined
  }

  /** The names that can stand at a position of a text; undefined where only another language service can tell. */
  complete(name: string, text: string, position: number): NativeCompletion[] | undefined {
    return this.#ask(name, text, (project, file) => nativeCompletions(project, file, position))
  }

  /** What the name at a position of a text is. */
  describe(name: string, text: string, position: number): NativeDescription | undefined {
    return this.#ask(name, text, (project, file) => describeNative(project, file, position))
  }

  /** What `question` gets from the project once `text` is the module `name` in it. */
  #ask<T>(name: string, text: string, question: (project: Project, file: string) => T): T {
    const file = this.#modules.file(name)
    this.#modules.set(file, text)
    return this.#guarded(file, question)
  }

  #guarded<T>(file: string, question: (project: Project, file: string) => T): T {
    const isFresh = this.#process === undefined
    try {
      return this.#tryToAsk(file, question)
    } catch (cause) {
      this.#end()
      if (!isFresh && !(cause instanceof SilenceError)) return this.#guarded(file, question)
      throw new Error(`${this.name} gave no answer: ${firstLine(cause)}`, { cause })
    }
  }

  #tryToAsk<T>(file: string, question: (project: Project, file: string) => T): T {
    this.#watchdog ??= new NativeWatchdog(this.#patience)
    this.#process ??= this.#start()
    const process = this.#process
    return this.#watchdog.guard(process.pid, () => {
      for (const changes of this.#modules.changes(file)) process.update(changes)
      return question(process.project, file)
    })
  }

  #start(): NativeProcess {
    this.#modules.forget()
    const { config } = this.#modules
    return new NativeProcess(this.#compiler, {
      folder: this.#folder,
      config,
      read: (file) => this.#modules.read(file),
    })
  }

  #end(): void {
    this.#process?.close()
    this.#process = undefined
  }
}

function problem(file: string, { pos, end, code, ...diagnostic }: Diagnostic): Problem {
  return { file, start: pos, length: end - pos, code, message: flatten(diagnostic) }
}

/** A message with its reasons, each indented below what it explains, as TypeScript prints them. */
function flatten(message: Pick<Diagnostic, "text" | "messageChain">, depth = 1): string {
  const reasons = message.messageChain ?? []
  return [message.text, ...reasons.map((reason) => "  ".repeat(depth) + flatten(reason, depth + 1))].join(
    "\n",
  )
}

/** A process in trouble answers with its whole stack. */
function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split("\n")[0]!
}
