import type { ErrorContent } from "./messages.js"

export type CellOutcome = { ok: true; value: unknown } | { ok: false; error: ErrorContent }

export interface Completion {
  /** What gets replaced, in UTF-16 units. */
  start: number
  end: number
  matches: { text: string; type: string }[]
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
  /** The folder that stands in for the notebook's own `node_modules/<name>` when types are looked up. */
  forward: { name: string; folder: string }
  /** The package whose exported types come into scope too. */
  typesRoot?: string
}

/** The language of the cells: everything the kernel knows of TypeScript is behind this. Cursors are UTF-16. */
export interface Cells {
  /** Puts the exports of these modules in scope, as the first thing that happens. */
  prepare(modules: ProvidedModule[]): Promise<void>
  /** Runs one cell; never rejects. `id` is what an interrupt names, `label` what tracebacks show. */
  run(code: string, cell: { id: number; label: string }): Promise<CellOutcome>
  complete(code: string, cursor: number): Completion
  inspect(code: string, cursor: number): Inspection | undefined
  isComplete(code: string): Completeness
  /** How an error is shown that code of a cell threw outside of `run`: in a timer, a comm, a display method. */
  explain(error: unknown): ErrorContent
  /** Ends a cell that waits. Code that computes is stopped by SIGINT and by the stop flag. */
  interrupt(): void
}
