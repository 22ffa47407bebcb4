import { openModule } from "./cell-modules.js"
import { isAlsoType } from "./cell-texts.js"
import type { Checker } from "./checker.js"
import { holdsLiteral, isPlainType, returnsLiteral } from "./plain-type.js"
import type { CellSyntax, DeclaredName } from "./read-cell.js"
import { signaturesOf } from "./signatures.js"

/** A name whose type can be said in any module. */
export interface PlainName extends DeclaredName {
  type: string
}

/** Of more names than this, their types are not asked for: each is a question. */
const mostPlainNames = 8

/**
 * All that a cell declares, if the types of it can be said in any module: then no module has to be kept.
 *
 * @param offset where the cell's own text begins in the open module
 */
export function plainNames(
  { declared, widened }: CellSyntax,
  offset: number,
  checker: Checker,
): PlainName[] | undefined {
  const needsModule = (each: DeclaredName) => each.at === undefined || each.ambient || isAlsoType(each)
  if (widened.length > 0 || declared.length > mostPlainNames || declared.some(needsModule)) return undefined
  const asked = declared.filter(({ literal, said }) => literal === undefined && said === undefined)
  const places = asked.map(({ at }) => offset + at!)
  const types = places.length > 0 ? checker.typesAt(openModule, places) : []
  const plain: PlainName[] = []
  for (const each of declared) {
    const type = each.literal ?? each.said ?? types[asked.indexOf(each)]!
    const name = each.literal ? { ...each, type } : plainName(each, type, offset, checker)
    if (!name) return undefined
    plain.push(name)
  }
  return plain
}

function plainName(
  declared: DeclaredName,
  type: string,
  offset: number,
  checker: Checker,
): PlainName | undefined {
  const { kind, at, inferred } = declared
  if (!isPlainType(type) || (kind === "function" && signaturesOf(type).length === 0)) return undefined
  if (inferred && returnsLiteral(type)) return undefined
  const plain = { ...declared, type }
  if (!inferred || kind !== "const" || !holdsLiteral(type)) return plain
  const wide = checker.wideLiteralsAt(openModule, offset + at!)
  if (wide === 0) return plain
  const literal = expressionOf(type, wide)
  return literal === undefined ? undefined : { ...plain, literal }
}

const literal = /^(?:-?\d[\w.+-]*|true|false|"(?:[^"\\]|\\.)*")$/

/** An expression of this type, of which variables can be made that are any text or number: `"".length ? 5 : undefined`. */
function expressionOf(type: string, wide: number): string | undefined {
  const members = type.split(" | ")
  const isSayable = (member: string) => member === "undefined" || member === "null" || literal.test(member)
  if (!members.every(isSayable) || members.filter((each) => literal.test(each)).length !== wide)
    return undefined
  const others = members.slice(0, -1).map((member) => `"".length ? ${member} : `)
  return others.join("") + members.at(-1)!
}
