import { fileURLToPath } from "node:url"
import ts from "typescript"

/**
 * The text of a cell or file with the same meaning behind a line of the kernel's, and every character at its place. A
 * first line `#!/usr/bin/env node` is one only where a file begins, and TypeScript knows no module by its `file:` URL.
 *
 * @param fileName says whether it may be JSX
 */
export function standingText(code: string, fileName: string): string {
  const text = code.startsWith("#!") ? `//${code.slice(2)}` : code
  return /["']file:/.test(text) ? withPaths(text, fileName) : text
}

function withPaths(code: string, fileName: string): string {
  const file = ts.createSourceFile(fileName, code, ts.ScriptTarget.ES2022, true)
  let text = code
  const visit = (node: ts.Node): void => {
    const path = ts.isStringLiteral(node) && isSpecifier(node) ? pathOf(node.text) : undefined
    if (path !== undefined) {
      const [start, end] = [node.getStart(file), node.end]
      const written = JSON.stringify(path).padEnd(end - start)
      if (written.length === end - start) text = text.slice(0, start) + written + text.slice(end)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return text
}

/** Whether a literal names a module: in a statement, in a type, or in a call of `import` or `require`. */
export function isSpecifier({ parent }: ts.StringLiteral): boolean {
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return true
  if (ts.isExternalModuleReference(parent)) return true
  if (ts.isLiteralTypeNode(parent)) return ts.isImportTypeNode(parent.parent)
  if (!ts.isCallExpression(parent)) return false
  const { expression } = parent
  return expression.kind === ts.SyntaxKind.ImportKeyword || expression.getText() === "require"
}

/** Of a URL with a question behind it there is none: each question means another module. */
function pathOf(specifier: string): string | undefined {
  if (!URL.canParse(specifier)) return undefined
  const url = new URL(specifier)
  if (url.protocol !== "file:" || url.search !== "" || url.hash !== "") return undefined
  try {
    return fileURLToPath(url).replaceAll("\\", "/")
  } catch {
    return undefined // a host, or a character that no path has
  }
}
