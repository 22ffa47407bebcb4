import ts from "typescript"

/** Every name that occurs in a text where it may mean a variable or a type. */
export function usedNames(file: ts.SourceFile): Set<string> {
  const used = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isMemberName(node)) used.add(node.text)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(file, visit)
  return used
}

/**
 * `b` in `a.b`, in `{ b: 1 }` and in `const { b: c } = a` is no variable, nor is what other modules call something; in
 * `{ b }` it is.
 */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isImportSpecifier(parent)) return parent.propertyName === node
  if (ts.isExportSpecifier(parent))
    return (
      parent.parent.parent.moduleSpecifier !== undefined ||
      (parent.propertyName !== undefined && parent.name === node)
    )
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isAccessor(parent) ||
      ts.isEnumMember(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isPropertySignature(parent)) &&
    parent.name === node
  )
}
