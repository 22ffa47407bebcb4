import ts from "typescript"
import type { CellSyntax } from "./read-cell.js"

/** What the cells say that declared a name last: for a reader who asks for the source. */
export class CellSources {
  readonly #codes = new Map<string, string>()

  add({ declared }: CellSyntax, code: string): void {
    for (const { name } of declared) this.#codes.set(name, code)
  }

  clear(): void {
    this.#codes.clear()
  }

  /** The statement that declares the name at a cursor; undefined for names that no cell declares. */
  at(code: string, cursor: number): string | undefined {
    const start = /[\p{L}\p{N}_$]*$/u.exec(code.slice(0, cursor))!.index
    const name = /^[\p{L}\p{N}_$]+/u.exec(code.slice(start))?.[0]
    // Behind a dot it is the name of something else.
    if (name === undefined || /\.\s*$/.test(code.slice(0, start))) return undefined
    const declaring = this.#codes.get(name)
    return declaring === undefined ? undefined : statementOf(name, declaring)
  }
}

function statementOf(name: string, code: string): string | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, true)
  return file.statements.findLast((statement) => declares(statement, name))?.getText(file)
}

function declares(statement: ts.Statement, name: string): boolean {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some((each) => binds(each.name, name))
  const declared = (statement as ts.DeclarationStatement).name
  return declared !== undefined && ts.isIdentifier(declared) && declared.text === name
}

function binds(bound: ts.BindingName, name: string): boolean {
  if (ts.isIdentifier(bound)) return bound.text === name
  return bound.elements.some((element) => !ts.isOmittedExpression(element) && binds(element.name, name))
}
