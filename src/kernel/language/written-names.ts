import type { ImportedName } from "./read-cell.js"

/** What compiled text calls something, and what the reader does; of an object, a name that ends with its dot. */
export type WrittenNames = readonly (readonly [compiled: string, written: string])[]

/** A module, or the state of the cells, as the compiler takes it. */
const taken = /^const ([\w$]+) = (?:__import\("([^"\n]*)"\)|exports);$/gm

/** The names by which compiled text calls what the reader imports and declares. */
export function writtenNames(js: string, imported: readonly ImportedName[]): WrittenNames {
  const names = [...js.matchAll(taken)].flatMap(([, variable, specifier]) =>
    specifier === undefined
      ? [[`${variable}.`, ""] as const]
      : imported
          .filter((each) => each.specifier === specifier && each.imported !== "*")
          .map(({ imported, name }) => [`${variable}.${imported}`, name] as const),
  )
  return [...names, ["exports.", ""]]
}

/**
 * What the engine says of compiled text, in the reader's names: "(0 , exports.f) is not a function" is
 * "f is not a function".
 */
export function inWrittenNames(message: string, names: WrittenNames): string {
  let text = message.replace(/\(0 , ([^\s()]+)\)/g, "$1")
  for (const [compiled, written] of names) {
    const end = compiled.endsWith(".") ? "" : "(?![\\p{L}\\p{N}_$])"
    const name = compiled.replace(/[.$]/g, "\\$&")
    text = text.replace(new RegExp(`(?<![\\p{L}\\p{N}_$.])${name}${end}`, "gu"), () => written)
  }
  return text
}
