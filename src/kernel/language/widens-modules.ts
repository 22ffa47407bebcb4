import ts from "typescript"

/** Whether a module declares something in all modules, or adds to another one. */
export function widensModules(file: ts.SourceFile): boolean {
  return file.statements.some(
    (each) =>
      ts.isModuleDeclaration(each) &&
      (ts.isStringLiteral(each.name) || (each.flags & ts.NodeFlags.GlobalAugmentation) !== 0),
  )
}
