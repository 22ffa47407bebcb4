import type { ErrorContent } from "./messages.js"

export type CellOutcome = { ok: true; value: unknown } | { ok: false; error: ErrorContent }

export interface Completion {
  /** What gets replaced, in UTF-16 units. */
  start: number
  end: number
  matches: CompletionMatch[]
}

export interface CompletionMatch {
  text: string
  /** One of JupyterLab's completer icons. */
  type: string
  /** Where there are few matches: its declaration, and what is written above it. */
  signature?: string
  documentation?: string
}

export interface Inspection {
  text: string
  markdown: string
}

export type Completeness =
  | { status: "complete" }
  | { status: "invalid" }
  | { status: "incomplete"; indent: string }

/** A module that cells import by a name of ours, whatever folder the notebook is in. */
export interface ProvidedModule {
  specifier: string
  namespace: object
  /** The folder of its package, which stands in for the notebook's own `node_modules/<name>`. */
  folder: string
  /** The file of its declarations. */
  types: string
  /** Whether every cell has its exports in scope without an import: values, types or neither. */
  inScope: { values: boolean; types: boolean }
}

/** The parts of a language that need no running cell: what a front end asks while the reader types. */
export interface CellLanguage {
  complete(code: string, cursor: number): Completion
  inspect(code: string, cursor: number, withSource: boolean): Inspection | undefined
  isComplete(code: string): Completeness
}

export interface CellRun {
  /** What an interrupt names. */
  id: number
  /** What tracebacks show. */
  label: string
  /** Whether later cells see what this one declares. */
  keep: boolean
  /** Called when its code begins, or is refused. */
  begun?: () => void
}

/** The language of the cells: everything the kernel knows of TypeScript is behind this. Cursors are UTF-16. */
export interface Cells {
  /** What answers the reader's typing in this thread; undefined where another thread does it. */
  readonly language: CellLanguage | undefined
  /** Puts the exports of these modules in scope, as the first thing that happens. */
  prepare(modules: ProvidedModule[]): Promise<void>
  /** Runs one cell; never rejects. */
  run(code: string, cell: CellRun): Promise<CellOutcome>
  /** Runs a piece of the reader's code that belongs to a cell, such as a display method. Throws where a Stop ends it. */
  guard<T>(cell: number, piece: () => T): T
  /** How an error is shown that code of a cell threw outside of `run`: in a timer, a comm, a display method. */
  explain(error: unknown): ErrorContent
  /** Ends a cell that waits. Code that computes is stopped by SIGINT and by the stop flag. */
  interrupt(cell: number): void
  /** Says that the cells' values have one of this name that no cell declares. */
  defined(name: string): void
  /** Forgets all variables, as a new kernel would. */
  reset(): void
}
