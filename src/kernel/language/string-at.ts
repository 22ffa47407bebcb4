import ts from "typescript"
import { isSpecifier } from "./standing-text.js"

/**
 * Where a name begins that a cursor inside of quotes completes; undefined outside of them. It is all that the quotes
 * hold so far, `text/h` and `node:f` too; in the path of a module what follows the last slash.
 *
 * @param fileName says whether the text may be JSX
 */
export function nameStartInString(code: string, cursor: number, fileName: string): number | undefined {
  const file = ts.createSourceFile(fileName, code, ts.ScriptTarget.ES2022, true)
  const literal = literalAt(file, cursor)
  if (!literal) return undefined
  const start = literal.getStart(file) + 1
  if (start > cursor) return undefined
  const isModule = ts.isStringLiteral(literal) && isSpecifier(literal)
  return isModule ? start + code.slice(start, cursor).lastIndexOf("/") + 1 : start
}

/** One that its line ends, or the text, goes on to there. */
function literalAt(node: ts.Node, cursor: number): ts.StringLiteralLike | undefined {
  const isOpen = (literal: ts.StringLiteralLike) => (literal as { isUnterminated?: boolean }).isUnterminated
  return ts.forEachChild(node, (child) => {
    if (cursor <= child.pos || child.end < cursor) return undefined
    if (!ts.isStringLiteralLike(child)) return literalAt(child, cursor)
    return cursor < child.end || isOpen(child) ? child : undefined
  })
}
