import ts from "typescript"
import type { Completion, CompletionMatch } from "../cells.js"
import { isAlsoType } from "./cell-texts.js"
import type { Explanation } from "./inspect.js"
import type { LiveName } from "./live-names.js"

export interface CompletionPlace {
  service: ts.LanguageService
  file: string
  code: string
  cursor: number
  /** The text of `file`, in which the cell begins at `offset`. */
  text: string
  offset: number
  live: Iterable<LiveName>
  /** What each of these names of earlier cells is. */
  explain: (names: readonly string[]) => (Explanation | undefined)[]
}

/** Modules that only the kernel imports. */
const ownModules = "@prelab/cell/"

/** Up to so many matches are described; more of them nobody reads. */
const described = 10

/** What may stand at the cursor. */
export function complete(place: CompletionPlace): Completion {
  const { service, file, code, cursor, offset } = place
  const position = offset + cursor
  const found = service.getCompletionsAtPosition(file, position, {
    includeCompletionsForModuleExports: false,
    includeInsertTextCompletions: false,
  })
  const span =
    found?.optionalReplacementSpan ?? found?.entries.find((e) => e.replacementSpan)?.replacementSpan
  const start = span ? Math.max(0, span.start - offset) : wordStart(code, cursor)
  const end = span ? Math.max(cursor, span.start + span.length - offset) : cursor
  const prefix = code.slice(start, cursor)
  const entries = (found?.entries ?? [])
    .filter(({ name }) => !name.startsWith(ownModules))
    .sort((a, b) => compare(a.sortText, b.sortText) || compare(a.name, b.name))
  const own = found ? namesOfCells(place.live, found) : []
  const unique = new Map<string, string>(own)
  for (const { name, kind } of entries) if (!unique.has(name)) unique.set(name, completionType(kind))
  const declared = new Set(own.map(([name]) => name))
  const names = matching([...unique.keys()], prefix)
  const matches = names.map((text): CompletionMatch => ({ text, type: unique.get(text)! }))
  if (matches.length <= described) {
    const isOwn = ({ text }: CompletionMatch) => declared.has(text)
    for (const match of matches.filter((match) => !isOwn(match))) describe(match, place, position)
    explainAll(matches.filter(isOwn), place)
  }
  return { start, end, matches }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Names that begin as the text does; where none does, in whatever case. */
export function matching(names: string[], prefix: string): string[] {
  const exact = names.filter((name) => name.startsWith(prefix))
  if (exact.length > 0) return exact
  const lower = prefix.toLowerCase()
  return names.filter((name) => name.toLowerCase().startsWith(lower))
}

/** What is written of the name of a module whose quotes are still open. */
export function openSpecifier(code: string, cursor: number): string | undefined {
  return /\b(?:from|import|require)\s*\(?\s*["']([^"'\n]*)$/.exec(code.slice(0, cursor))?.[1]
}

export function wordStart(code: string, cursor: number): number {
  const word = /[\p{L}\p{N}_$#]*$/u.exec(code.slice(0, cursor))
  return cursor - (word?.[0].length ?? 0)
}

/**
 * The names of earlier cells where any name of the scope may stand: the text that is checked declares only those that
 * it uses. What may stand there is told by what TypeScript offers of the library, a class and a function: a completion
 * it calls global in few of these places, not behind `new` or `as`, and in no type.
 */
function namesOfCells(live: Iterable<LiveName>, found: ts.CompletionInfo): [string, string][] {
  const has = (wanted: string) => found.entries.some(({ name }) => name === wanted)
  if (found.isMemberCompletion || !has("Array")) return []
  const allowed = has("parseInt") ? () => true : mayBeType
  return [...live]
    .filter(allowed)
    .map((each) => [each.name, each.from === "cell" ? completionType(each.kind) : "variable"])
}

function mayBeType(live: LiveName): boolean {
  if (live.from !== "cell") return live.from === "import" || !live.hasValue || /^[A-Z]/.test(live.name)
  return !["let", "const", "function"].includes(live.kind) || isAlsoType(live)
}

/** A name of an earlier cell is not in the text as long as it is not whole. */
function explainAll(matches: CompletionMatch[], { explain }: CompletionPlace): void {
  if (matches.length === 0) return
  const found = explain(matches.map(({ text }) => text))
  for (const [i, match] of matches.entries()) {
    const { signature, documentation } = found[i] ?? {}
    if (signature !== undefined) match.signature = signature
    if (documentation) match.documentation = documentation
  }
}

function describe(match: CompletionMatch, { service, file }: CompletionPlace, position: number): void {
  const details = service.getCompletionEntryDetails(
    file,
    position,
    match.text,
    undefined,
    undefined,
    {},
    undefined,
  )
  if (!details) return
  match.signature = ts.displayPartsToString(details.displayParts)
  const documentation = ts.displayPartsToString(details.documentation)
  if (documentation) match.documentation = documentation
}

/** TypeScript's words for kinds of names in the words of JupyterLab's completer icons. */
const completionTypes: Readonly<Record<string, string>> = {
  method: "method",
  function: "function",
  "local function": "function",
  class: "class",
  "local class": "class",
  interface: "interface",
  type: "type",
  enum: "enum",
  "enum member": "enum",
  module: "module",
  namespace: "module",
  "external module name": "module",
  keyword: "keyword",
  property: "property",
  getter: "property",
  setter: "property",
  alias: "module",
  string: "text",
  directory: "path",
  script: "path",
}

export function completionType(kind: string): string {
  return completionTypes[kind] ?? "variable"
}
