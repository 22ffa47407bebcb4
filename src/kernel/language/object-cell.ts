import ts from "typescript"

/**
 * The object literal that a cell is and nothing else, in a file whose text begins with one bracket more. By itself
 * `{ a: 1 }` is a block with a label, and `{ a: 1, b: 2 }` is nothing at all; whoever writes it wants to see an object,
 * as in Node's own console.
 */
export function objectCell(
  text: string,
  fileName: string,
): { file: ts.SourceFile; literal: ts.ObjectLiteralExpression } | undefined {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, true, ts.LanguageVariant.Standard, text)
  if (scanner.scan() !== ts.SyntaxKind.OpenBraceToken) return undefined
  const file = ts.createSourceFile(fileName, `(${text}\n)`, ts.ScriptTarget.ES2022, true)
  const [statement, ...more] = file.statements
  const { parseDiagnostics } = file as { parseDiagnostics?: readonly ts.Diagnostic[] }
  if (!statement || more.length > 0 || parseDiagnostics?.length !== 0) return undefined
  if (!ts.isExpressionStatement(statement) || !ts.isParenthesizedExpression(statement.expression))
    return undefined
  const literal = statement.expression.expression
  return ts.isObjectLiteralExpression(literal) ? { file, literal } : undefined
}
