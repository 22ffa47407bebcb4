import type { CompletionEntry, NativeSymbol, Project } from "./native-api.js"

/** A name that can stand at a position, with TypeScript's word for what it is. */
export interface NativeCompletion {
  name: string
  kind: string
  /** What to write, dot included, where the name alone would not do: `?.name`, `["a name"]`. */
  insert?: string
}

/** What a name is. */
export interface NativeDescription {
  name: string
  kind: string
  type: string
  /** Of a member of an enum. */
  value?: string
  documentation: string
  tags: { name: string; text: string }[]
}

/** The Language Server Protocol's numbers, which TypeScript 7 answers with, in the words of TypeScript 6. */
const kinds: Readonly<Record<number, string>> = {
  2: "method",
  3: "function",
  4: "constructor",
  5: "property",
  6: "var",
  7: "class",
  8: "interface",
  9: "module",
  10: "property",
  13: "enum",
  14: "keyword",
  17: "script",
  19: "directory",
  20: "enum member",
  21: "string",
  25: "type parameter",
}

/**
 * The names that can follow a dot, be a key of an object, a string, or part of an import. Undefined where a name of
 * the scope can stand: TypeScript 7.0 looks for those together with names to be imported, which its API cannot.
 */
export function nativeCompletions(
  { checker }: Project,
  file: string,
  position: number,
): NativeCompletion[] | undefined {
  try {
    const found = checker.getCompletionsAtPosition(file, position)
    return (found?.entries ?? []).map(completion)
  } catch (error) {
    if (error instanceof Error && error.message === "completion list needs auto imports") return undefined
    throw error
  }
}

/** TypeScript 7 shows an optional member as `name?` and inserts `name`, or `?.name`. */
function completion({ name, kind = 0, insertText }: CompletionEntry): NativeCompletion {
  const word = { kind: kinds[kind] ?? "var" }
  if (insertText === undefined) return { name, ...word }
  if (name === `${insertText}?`) return { name: insertText, ...word }
  const member = insertText.replace(/^\?\./, "")
  return { name: name === `${member}?` ? member : name, ...word, insert: insertText }
}

/** What the name at a position is, or undefined where there is none. */
export function describeNative(
  { checker }: Project,
  file: string,
  position: number,
): NativeDescription | undefined {
  const found = checker.getSymbolAtPosition(file, position)
  if (!found) return undefined
  const symbol = found.flags & alias ? checker.getAliasedSymbol(found) : found
  const [, kind = "var"] = symbolKinds.find(([flag]) => symbol.flags & flag) ?? []
  const isType = (symbol.flags & value) === 0
  const type = isType ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeAtPosition(file, position)
  return {
    name: found.name,
    kind,
    type: type ? checker.typeToString(type) : "any",
    ...(kind === "enum member" && type?.value !== undefined ? { value: JSON.stringify(type.value) } : {}),
    documentation: checker.getDocumentationCommentOfSymbol(symbol),
    tags: checker.getJsDocTagsOfSymbol(symbol).map(({ name, text = "" }) => ({ name, text })),
  }
}

const alias = 1 << 21

/** Every flag of a symbol that has a value. */
const value = 111_551

/** What a symbol is by its flags; the first that fits. */
const symbolKinds: readonly [flag: NativeSymbol["flags"], kind: string][] = [
  [1 << 5, "class"],
  [1 << 4, "function"],
  [1 << 13, "method"],
  [1 << 3, "enum member"],
  [(1 << 7) | (1 << 8), "enum"],
  [(1 << 15) | (1 << 16), "accessor"],
  [1 << 2, "property"],
  [(1 << 0) | (1 << 1), "var"],
  [1 << 6, "interface"],
  [1 << 19, "type"],
  [1 << 18, "type parameter"],
  [(1 << 9) | (1 << 10), "module"],
]
