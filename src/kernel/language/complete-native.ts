import type { Completion, CompletionMatch } from "../cells.js"
import { openModule } from "./cell-modules.js"
import { completionType, matching, openSpecifier, wordStart } from "./complete.js"
import { signatureOf } from "./inspect-native.js"
import type { NativeChecker } from "./native-checker.js"
import type { NativeCompletion } from "./native-names.js"
import { nameStartInString } from "./string-at.js"

/** Up to so many matches are described: each takes a question of its own. */
const described = 3

/**
 * What may stand at the cursor, by TypeScript 7: members, keys and strings, in a tenth of the time that TypeScript 6
 * takes for a text that has changed. undefined where any name of the scope may stand, or a package, which it cannot
 * tell: of those it lists the ones that package.json names, whatever is written.
 */
export function completeNative(
  native: NativeChecker,
  text: string,
  offset: number,
  code: string,
  cursor: number,
  fileName: string,
): Completion | undefined {
  const specifier = openSpecifier(code, cursor)
  if (specifier !== undefined && !specifier.startsWith(".")) return undefined
  const found = native.complete(openModule, text, offset + cursor)
  if (!found || found.length === 0) return undefined
  const start = nameStartInString(code, cursor, fileName) ?? wordStart(code, cursor)
  // Members of what may not be there are offered by their names alone: the check of the cell says where `?` is missing.
  const isName = ({ name, insert = name }: NativeCompletion) => insert === name || insert === `?.${name}`
  const kinds = new Map(found.filter(isName).map(({ name, kind }) => [name, kind]))
  const names = matching([...kinds.keys()].sort(), code.slice(start, cursor))
  const matches = names.map(
    (name): CompletionMatch => ({ text: name, type: completionType(kinds.get(name)!) }),
  )
  if (matches.length <= described)
    for (const match of matches) describe(match, native, text, offset + start, offset + cursor)
  return { start, end: cursor, matches }
}

function describe(
  match: CompletionMatch,
  native: NativeChecker,
  text: string,
  start: number,
  end: number,
): void {
  // Alone, a key of an object would be the variable of that name.
  const isKey = /[{,]\s*$/.test(text.slice(0, start))
  const written = text.slice(0, start) + match.text + (isKey ? ": 0" : "") + text.slice(end)
  const found = native.describe(openModule, written, start)
  if (!found) return
  match.signature = signatureOf(found.name, found.kind, found.type)
  if (found.documentation) match.documentation = found.documentation
}
