import ts from "typescript"

/** Whether a module declares something in all modules, or adds to another one. */
export function widensModules(file: ts.SourceFile): boolean {
  return file.statements.some(widens)
}

/** `declare global { … }` or `declare module "m" { … }`. */
export function widens(statement: ts.Statement): statement is ts.ModuleDeclaration {
  return (
    ts.isModuleDeclaration(statement) &&
    (ts.isStringLiteral(statement.name) || (statement.flags & ts.NodeFlags.GlobalAugmentation) !== 0)
  )
}
