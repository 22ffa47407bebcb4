import type ts from "typescript"

/** Something wrong in a text; `start` and `length` in UTF-16 units of that file's text. */
export interface Problem {
  file: string
  start: number
  length: number
  code: number
  message: string
}

/** Finds what is wrong with a cell. Cells are modules beside the notebook's own files. */
export interface Checker {
  /** Such as "TypeScript 7.0.2". */
  readonly name: string
  /**
   * The problems of a text as the module `name` (such as "__cell_12"), which may import "./__cell_3" and packages.
   * Where another process looks for them, `meanwhile` is called before its answer is waited for.
   */
  check(name: string, text: string, meanwhile?: () => void): Problem[]
  /** The types of the names at these places of the text that was checked last, as the checker prints them. */
  typesAt(name: string, positions: readonly number[]): string[]
  /** How many literals there are in the union that a constant at this place is, of which a variable made of it may be others. */
  wideLiteralsAt(name: string, position: number): number
  /** The module of this name stays: later ones import from it. Called with the text of the last check, or another. */
  keep(name: string, text: string): void
  /** Drops the module again (a cell that was never run). */
  drop(name: string): void
  /** Files on disk have changed: packages installed, local files written. */
  refresh(): void
  /** From now on cells are checked by these rules. */
  configure(options: ts.CompilerOptions): void
  close(): void
}
