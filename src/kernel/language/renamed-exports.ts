import ts from "typescript"
import { declaredIn } from "./shared-declarations.js"
import type { Transform } from "./transforms.js"

const { factory } = ts

const own: ReadonlySet<string> = new Set(["exports"])

/**
 * Compiled text calls the object with all variables `exports`. A variable of that name in a function or block of the
 * reader's, such as WebAssembly's `const { exports } = instance`, would be taken for it: it gets another name.
 */
export const renamedExports: Transform = (context) => (file) => {
  // At top level it is a property of that object as others are.
  if (!file.text.includes("exports") || file.statements.some(isNamedSo)) return file
  const name = factory.createUniqueName("exports")
  const walk = (node: ts.Node, isOwn: boolean): ts.Node => {
    const isBelow = isOwn || declaredIn(node, own).length > 0
    const visit = (child: ts.Node) => walk(child, isBelow)
    if (!isBelow) return ts.visitEachChild(node, visit, context)
    if (ts.isIdentifier(node)) return isExports(node) && !isKey(node) ? name : node
    const visited = ts.visitEachChild(node, visit, context)
    if (ts.isShorthandPropertyAssignment(visited) && isExports(visited.name)) {
      const { objectAssignmentInitializer: initial } = visited
      return factory.createPropertyAssignment(
        "exports",
        initial ? factory.createAssignment(name, initial) : name,
      )
    }
    if (ts.isBindingElement(visited) && ts.isBindingElement(node) && isShort(node))
      return factory.createBindingElement(undefined, "exports", name, visited.initializer)
    return visited
  }
  return ts.visitEachChild(file, (node) => walk(node, false), context)
}

function isExports(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isIdentifier(node) && own.has(node.text)
}

/** A function or class of a cell: the compiler itself calls it by its name. */
function isNamedSo(statement: ts.Statement): boolean {
  return (
    (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && isExports(statement.name)
  )
}

/** `{ exports }`, which says the property's name and the variable's. */
function isShort({ propertyName, name, dotDotDotToken, parent }: ts.BindingElement): boolean {
  return !propertyName && !dotDotDotToken && ts.isObjectBindingPattern(parent) && isExports(name)
}

/** Whether it names a property or label, not a variable. */
function isKey(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isShorthandPropertyAssignment(parent)) return parent.name === node
  return (
    (ts.isObjectLiteralElementLike(parent) || ts.isClassElement(parent) || ts.isEnumMember(parent)) &&
    parent.name === node
  )
}
