import ts from "typescript"
import type { RuntimeName } from "./runtime-names.js"
import type { Transform } from "./transforms.js"

const { factory } = ts

/**
 * Lets functions of a cell find other functions and classes of it where later cells put them. The compiler does so
 * for variables alone: without this, `g` would go on calling the old `f` after a cell has declared `f` anew. A
 * function that calls itself, and a class that names itself, mean themselves.
 */
export function sharedDeclarations(names: ReadonlySet<string>): Transform {
  return (context) => (file) => {
    if (names.size === 0) return file
    const walk = (node: ts.Node, hidden: ReadonlySet<string>, inFunction: boolean): ts.Node => {
      const scope = declaredIn(node, names)
      const below = scope.length > 0 ? new Set([...hidden, ...scope]) : hidden
      const inside = inFunction || ts.isFunctionLike(node) || ts.isClassLike(node)
      const visit = (child: ts.Node) => walk(child, below, inside)
      if (inside && ts.isShorthandPropertyAssignment(node) && isShared(node.name, below))
        return factory.createPropertyAssignment(node.name, stateOf(node.name))
      // Called by a name alone, a function has no `this`.
      if (inside && ts.isCallExpression(node)) {
        const name = node.expression
        if (ts.isIdentifier(name) && isShared(name, below)) {
          const args = node.arguments.map((arg) => visit(arg) as ts.Expression)
          return ts.isCallChain(node)
            ? factory.updateCallChain(
                node,
                withoutThis(name),
                node.questionDotToken,
                node.typeArguments,
                args,
              )
            : factory.updateCallExpression(node, withoutThis(name), node.typeArguments, args)
        }
      }
      if (inside && ts.isTaggedTemplateExpression(node)) {
        const name = node.tag
        const template = visit(node.template) as ts.TemplateLiteral
        if (ts.isIdentifier(name) && isShared(name, below))
          return factory.updateTaggedTemplateExpression(node, withoutThis(name), node.typeArguments, template)
      }
      if (inside && ts.isIdentifier(node) && isShared(node, below) && isReference(node)) return stateOf(node)
      return ts.visitEachChild(node, visit, context)
    }
    const isShared = (name: ts.Identifier, hidden: ReadonlySet<string>) =>
      names.has(name.text) && !hidden.has(name.text)
    return ts.visitEachChild(file, (node) => walk(node, new Set(), false), context)
  }
}

function withoutThis(name: ts.Identifier): ts.Expression {
  return factory.createParenthesizedExpression(
    factory.createComma(factory.createNumericLiteral(0), stateOf(name)),
  )
}

function stateOf(name: ts.Identifier): ts.Expression {
  const state = factory.createIdentifier("exports" satisfies RuntimeName)
  return ts.setSourceMapRange(
    factory.createPropertyAccessExpression(state, name.text),
    ts.getSourceMapRange(name),
  )
}

/** Whether an identifier stands for a value, and does not name a property, a label or what it declares. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = ts.getOriginalNode(node)
  if (!parent) return false
  // The compiler assigns to both: the text outside of functions goes on with the name.
  if (ts.isBinaryExpression(parent) && parent.left === ts.getOriginalNode(node) && isAssignment(parent))
    return false
  if (ts.isPropertyAccessExpression(parent))
    return parent.expression === node || parent.expression === ts.getOriginalNode(node)
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isMetaProperty(parent))
    return false
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent))
    return parent.initializer === ts.getOriginalNode(node)
  if (ts.isShorthandPropertyAssignment(parent)) return false
  const named = (parent as ts.Node & { name?: ts.Node }).name
  return named !== ts.getOriginalNode(node)
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment
}

/** Which of the names a node declares for what is below it. */
export function declaredIn(node: ts.Node, names: ReadonlySet<string>): string[] {
  const found: string[] = []
  const add = (name: ts.Node | undefined): void => {
    if (!name) return
    if (ts.isIdentifier(name)) {
      if (names.has(name.text)) found.push(name.text)
    } else if (ts.isObjectBindingPattern(name) || ts.isArrayBindingPattern(name))
      for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name)
  }
  if (ts.isFunctionLike(node)) {
    // A method's name is none that its body sees.
    if (ts.isFunctionExpression(node) || ts.isFunctionDeclaration(node)) add(node.name)
    for (const { name } of node.parameters) add(name)
    const { body } = node as ts.FunctionLikeDeclaration
    if (body) addVars(body, add)
  }
  if (ts.isClassLike(node)) add(node.name)
  if (ts.isCatchClause(node)) add(node.variableDeclaration?.name)
  if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node))
    if (node.initializer && ts.isVariableDeclarationList(node.initializer))
      for (const { name } of node.initializer.declarations) add(name)
  // All cases of a switch are one block.
  const statements = ts.isCaseBlock(node)
    ? node.clauses.flatMap((clause) => [...clause.statements])
    : ts.isBlock(node)
      ? node.statements
      : []
  for (const statement of statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) add(name)
    else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement.name)
  }
  return found
}

/** `var` anywhere in a function belongs to all of it. */
function addVars(body: ts.Node, add: (name: ts.Node) => void): void {
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === 0)
      for (const { name } of node.declarations) add(name)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(body, visit)
}
