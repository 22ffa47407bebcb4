import ts from "typescript"
import { everywhere, type Transform, withoutBrackets } from "./transforms.js"

const { factory } = ts

/**
 * A function or class without a name gets that of the variable it is assigned to. Variables of cells are compiled to
 * properties, for which ECMAScript does not do so: `f = () => 1` becomes `f = { f: () => 1 }.f`.
 *
 * @param names the cells' variables that a text declares and uses
 */
export function namedFunctions(names: ReadonlySet<string>): Transform {
  return everywhere((node) => {
    if (ts.isBinaryExpression(node)) {
      const { left, operatorToken, right } = node
      if (!assigning.has(operatorToken.kind) || !ts.isIdentifier(left)) return node
      return factory.updateBinaryExpression(node, left, operatorToken, named(left, right, names))
    }
    if (ts.isShorthandPropertyAssignment(node) && node.objectAssignmentInitializer) {
      const value = named(node.name, node.objectAssignmentInitializer, names)
      return factory.updateShorthandPropertyAssignment(node, node.name, value)
    }
    if (ts.isBindingElement(node) && node.initializer && ts.isIdentifier(node.name)) {
      const { dotDotDotToken, propertyName, name, initializer } = node
      const value = named(name, initializer, names)
      return factory.updateBindingElement(node, dotDotDotToken, propertyName, name, value)
    }
    // Without brackets and a cast around it, the compiler sees to it.
    if (ts.isVariableDeclaration(node) && node.initializer && ts.isIdentifier(node.name)) {
      const { name, exclamationToken, type, initializer } = node
      if (initializer === withoutBrackets(initializer)) return node
      const value = named(name, initializer, names)
      return factory.updateVariableDeclaration(node, name, exclamationToken, type, value)
    }
    return node
  })
}

const assigning: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
])

function named(name: ts.Identifier, value: ts.Expression, names: ReadonlySet<string>): ts.Expression {
  // In a literal, `__proto__` is no property.
  if (!names.has(name.text) || name.text === "__proto__" || !hasNoName(value)) return value
  const property = factory.createPropertyAssignment(name.text, value)
  return factory.createPropertyAccessExpression(factory.createObjectLiteralExpression([property]), name.text)
}

function hasNoName(value: ts.Expression): boolean {
  const inner = withoutBrackets(value)
  if (ts.isArrowFunction(inner)) return true
  return (ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) && inner.name === undefined
}
