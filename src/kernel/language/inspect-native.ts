import { openModule } from "./cell-modules.js"
import type { Explanation } from "./inspect.js"
import type { NativeChecker } from "./native-checker.js"
import type { NativeDescription } from "./native-names.js"
import { signaturesOf } from "./signatures.js"

/**
 * What the name at the cursor is, by TypeScript 7, in a tenth of the time that TypeScript 6 takes for a text that has
 * changed. undefined where there is no name, as inside the brackets of a call.
 */
export function inspectNative(
  native: NativeChecker,
  text: string,
  offset: number,
  code: string,
  cursor: number,
): Explanation | undefined {
  for (const position of namePositions(code, cursor)) {
    if (!isInName(code, position)) continue
    const found = native.describe(openModule, text, offset + position)
    // In a comment it is the module itself.
    if (!found || found.name.startsWith('"')) continue
    return isVague(found, code.slice(0, position)) ? undefined : explanationOf(found)
  }
  return undefined
}

/**
 * What TypeScript 6 says more of: types by their names alone, classes where one is made of them, and what is imported
 * by name from a module that is one value, such as `node:path`.
 */
function isVague({ kind, type, documentation }: NativeDescription, before: string): boolean {
  if (kind === "type") return true
  if (kind === "class") return /\bnew\s+[\p{L}\p{N}_$.]*$/u.test(before)
  return type === "any" && kind === "property" && documentation === ""
}

/** Numbers, brackets and spaces are explained by nobody. */
function isInName(code: string, position: number): boolean {
  const before = /[\p{L}\p{N}_$]*$/u.exec(code.slice(0, position))![0]
  const word = before + (/^[\p{L}\p{N}_$]+/u.exec(code.slice(position))?.[0] ?? "")
  return word.length > before.length && !/^\d/.test(word)
}

/** A cursor behind a name means that name, and one behind its opening bracket too. */
export function namePositions(code: string, cursor: number): number[] {
  const places = code[cursor - 1] === "(" ? [cursor, cursor - 1, cursor - 2] : [cursor, cursor - 1]
  return places.filter((at) => at >= 0)
}

function explanationOf({ name, kind, type, value, documentation, tags }: NativeDescription): Explanation {
  return {
    signature:
      value === undefined ? signatureOf(name, kind, type) : `(${kind}) ${memberOf(type, name)} = ${value}`,
    documentation,
    tags: tags.map((tag) => `@${tag.name} ${tag.text}`.trim()),
  }
}

/** An enum with one member alone has the same type as that. */
function memberOf(type: string, name: string): string {
  return type.endsWith(`.${name}`) ? type : `${type}.${name}`
}

/** As an editor shows it: `function f(n: number): string`, `(property) width: number`, `class Wheel`. */
export function signatureOf(name: string, kind: string, type: string): string {
  if (["class", "interface", "enum", "module"].includes(kind)) return `${kind} ${name}`
  if (kind === "type") return `type ${name}`
  const lead = ["function", "var"].includes(kind) ? (kind === "var" ? "" : "function ") : `(${kind}) `
  const [first, ...others] = signaturesOf(type)
  if (first === undefined) return `${lead}${name}: ${type}`
  const more = others.length === 0 ? "" : ` (+${others.length} overload${others.length > 1 ? "s" : ""})`
  return `${lead}${name}${first}${more}`
}
