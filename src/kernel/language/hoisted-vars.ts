import ts from "typescript"
import type { Transform } from "./transforms.js"

const { factory } = ts

/**
 * `var` in a block or loop of a cell belongs to the whole cell, which exports it: here it only assigns. The compiler
 * would take such a loop apart, so that no `continue` finds its label, and forget the assignment in a block where the
 * cell declares the name elsewhere too.
 */
export const assignedVars: Transform = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return node
    const visited = ts.visitEachChild(node, visit, context)
    if (ts.isVariableStatement(visited) && isVar(visited.declarationList)) {
      const assigned = assignments(visited.declarationList)
      return assigned
        ? ts.setTextRange(factory.createExpressionStatement(assigned), visited)
        : factory.createEmptyStatement()
    }
    if (ts.isForStatement(visited)) {
      const { initializer, condition, incrementor, statement } = visited
      if (!initializer || !isVar(initializer)) return visited
      return factory.updateForStatement(visited, assignments(initializer), condition, incrementor, statement)
    }
    const isLoop = ts.isForInStatement(visited) || ts.isForOfStatement(visited)
    if (!isLoop || !isVar(visited.initializer)) return visited
    const { expression, statement } = visited
    const each = target(visited.initializer.declarations[0]!.name)
    return ts.isForInStatement(visited)
      ? factory.updateForInStatement(visited, each, expression, statement)
      : factory.updateForOfStatement(visited, visited.awaitModifier, each, expression, statement)
  }
  // Those at top level are exported where they stand.
  return ts.visitEachChild(file, (node) => (ts.isVariableStatement(node) ? node : visit(node)), context)
}

function isVar(node: ts.Node): node is ts.VariableDeclarationList {
  return ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0
}

/** What a list of declarations assigns, as one expression. */
function assignments({ declarations }: ts.VariableDeclarationList): ts.Expression | undefined {
  const all = declarations.flatMap(({ name, initializer }): ts.Expression[] => {
    if (!initializer) return []
    const assigned = ts.setTextRange(factory.createAssignment(target(name), initializer), name.parent)
    // By itself, an object in front would be a block.
    return [ts.isObjectBindingPattern(name) ? factory.createParenthesizedExpression(assigned) : assigned]
  })
  return all.length > 0 ? all.reduce((left, right) => factory.createComma(left, right)) : undefined
}

/** A binding as what an assignment assigns to. */
function target(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name
  if (ts.isArrayBindingPattern(name))
    return factory.createArrayLiteralExpression(
      name.elements.map((each) => {
        if (ts.isOmittedExpression(each)) return each
        return each.dotDotDotToken ? factory.createSpreadElement(target(each.name)) : taken(each)
      }),
    )
  return factory.createObjectLiteralExpression(
    name.elements.map((each) => {
      if (each.dotDotDotToken) return factory.createSpreadAssignment(target(each.name))
      return factory.createPropertyAssignment(each.propertyName ?? (each.name as ts.Identifier), taken(each))
    }),
  )
}

function taken({ name, initializer }: ts.BindingElement): ts.Expression {
  return initializer ? factory.createAssignment(target(name), initializer) : target(name)
}
