import type { FromCells, ToCells } from "../../kernel/bridge.js"
import type { CellLanguageName } from "../../kernel/language/cell-language.js"

/** What the page tells the language worker first. */
export interface LanguageStart {
  type: "start"
  /** To the cells worker: ToLanguage comes in, FromLanguage goes out. */
  cells: MessagePort
  /** To the page, which has the reader's files. */
  drive: MessagePort
  /** To the protocol worker, which passes on what front ends ask; where there is none, the page does it itself. */
  typing?: MessagePort
  /** The pack of declarations, or where it is. */
  types: ArrayBuffer | string
  /** The notebook's folder, as `/drive/experiments`. */
  folder: string
  language?: CellLanguageName
}

export type ToLanguageWorker = LanguageStart | ToCells

export type FromLanguageWorker =
  | FromCells
  /** The libraries are read: the first cell need not wait for them. */
  | { type: "ready" }
