import { readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type ts from "typescript"

type Typescript = typeof ts

/**
 * The names that a package's declarations export, types included: an interface has no value by which a running
 * program could find it. Follows `export … from` within the package.
 */
export function exportedTypes(packageRoot: string, typescript: Typescript): string[] {
  const { types } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { types?: string }
  if (!types) return []
  const names = new Set<string>()
  visitFile(resolve(packageRoot, types), names, new Set(), typescript)
  names.delete("default")
  return [...names]
}

function visitFile(file: string, names: Set<string>, seen: Set<string>, typescript: Typescript): void {
  if (seen.has(file)) return
  seen.add(file)
  const source = typescript.createSourceFile(file, readFileSync(file, "utf8"), typescript.ScriptTarget.ES2022)
  for (const statement of source.statements) {
    if (typescript.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement
      if (exportClause && typescript.isNamedExports(exportClause))
        for (const { name } of exportClause.elements) names.add(name.text)
      else if (exportClause) names.add(exportClause.name.text)
      else if (
        moduleSpecifier &&
        typescript.isStringLiteral(moduleSpecifier) &&
        /^\./.test(moduleSpecifier.text)
      )
        visitFile(declarationFile(dirname(file), moduleSpecifier.text), names, seen, typescript)
    } else if (isExported(statement, typescript)) {
      const { name } = statement as ts.InterfaceDeclaration
      if (name) names.add(name.text)
    }
  }
}

/** Interfaces, type aliases, classes, enums; values are known from the running module. */
function isExported(statement: ts.Statement, typescript: Typescript): boolean {
  const { SyntaxKind } = typescript
  if (![SyntaxKind.InterfaceDeclaration, SyntaxKind.TypeAliasDeclaration].includes(statement.kind))
    return false
  const modifiers = (statement as ts.InterfaceDeclaration).modifiers ?? []
  return modifiers.some((modifier) => modifier.kind === SyntaxKind.ExportKeyword)
}

function declarationFile(folder: string, specifier: string): string {
  return resolve(folder, `${specifier.replace(/\.js$/, "")}.d.ts`)
}
