import ts from "typescript"
import type { Completion } from "../cells.js"
import { completionType, matching, wordStart } from "./complete.js"
import type { LiveName } from "./live-names.js"
import type { CellSyntax } from "./read-cell.js"

/** What this Node has for everybody. */
const globals = Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith("_"))

const { FirstKeyword, LastKeyword } = ts.SyntaxKind
const keywords = Array.from(
  { length: LastKeyword - FirstKeyword + 1 },
  (_, i) => ts.tokenToString(FirstKeyword + i)!,
)

/**
 * The names that may stand at the cursor, without their types: those of earlier cells, of the cell itself, Node's, and
 * the language's own words.
 * For the moment in which the service that knows more still reads the libraries.
 */
export function completeNames(
  code: string,
  cursor: number,
  cell: CellSyntax,
  live: Iterable<LiveName>,
): Completion {
  const start = wordStart(code, cursor)
  const prefix = code.slice(start, cursor)
  const kinds = new Map<string, string>()
  for (const word of keywords) kinds.set(word, "keyword")
  for (const name of globals) kinds.set(name, /^[A-Z]/.test(name) ? "class" : "variable")
  for (const name of cell.used) if (name !== prefix) kinds.set(name, "variable")
  for (const each of live) kinds.set(each.name, each.from === "cell" ? completionType(each.kind) : "variable")
  for (const { name, kind } of cell.declared) kinds.set(name, completionType(kind))
  const matches = matching([...kinds.keys()].sort(), prefix).map((text) => ({ text, type: kinds.get(text)! }))
  return { start, end: cursor, matches }
}
