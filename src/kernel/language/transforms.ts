import ts from "typescript"
import { stateModule } from "./cell-texts.js"
import type { RuntimeName } from "./runtime-names.js"

const { factory } = ts

export type Transform = ts.TransformerFactory<ts.SourceFile>

export function nameOf(name: RuntimeName): ts.Identifier {
  return factory.createIdentifier(name)
}

/** Runs `visit` on every node below, bottom up: children are done before their parent. */
export function everywhere(change: (node: ts.Node) => ts.Node): Transform {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => change(ts.visitEachChild(node, visit, context))
    return ts.visitEachChild(file, visit, context)
  }
}

/** `import(x)` asks the kernel, which knows the notebook's folder, and `import.meta` is the cell's. */
export const importsThroughKernel: Transform = everywhere((node) => {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return factory.updateCallExpression(node, nameOf("__dynamicImport"), undefined, node.arguments)
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return nameOf("__meta")
  return node
})

/**
 * `(f as any)(x)`, `f!(x)` and `(f)(x)` are `f(x)`: of a name alone the compiler knows that the function has no `this`,
 * whatever object it is a property of when it is compiled.
 */
export const bareCallees: Transform = everywhere((node) => {
  if (ts.isCallExpression(node)) {
    const name = bareName(node.expression)
    if (!name) return node
    return ts.isCallChain(node)
      ? factory.updateCallChain(node, name, node.questionDotToken, node.typeArguments, node.arguments)
      : factory.updateCallExpression(node, name, node.typeArguments, node.arguments)
  }
  if (!ts.isTaggedTemplateExpression(node)) return node
  const name = bareName(node.tag)
  return name ? factory.updateTaggedTemplateExpression(node, name, node.typeArguments, node.template) : node
})

/** The name that stands in brackets and casts, if it is nothing else. */
function bareName(callee: ts.Expression): ts.Identifier | undefined {
  const inner = withoutBrackets(callee)
  return inner !== callee && ts.isIdentifier(inner) ? inner : undefined
}

/** What stands in brackets and casts. */
export function withoutBrackets(value: ts.Expression): ts.Expression {
  const isAround = ts.isParenthesizedExpression(value) || ts.isAssertionExpression(value)
  const isTyped = ts.isSatisfiesExpression(value) || ts.isNonNullExpression(value)
  return isAround || isTyped ? withoutBrackets(value.expression) : value
}

/**
 * `import x = require("x")` is what the kernel's `require` gives, as a call of the reader's would be, and `import x = a.b`
 * what is there of an earlier cell's `a`.
 */
export const requiredImports: Transform = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    if (!ts.isImportEqualsDeclaration(node) || node.isTypeOnly) return node
    const { modifiers, name, moduleReference } = node
    const value = ts.isExternalModuleReference(moduleReference)
      ? factory.createCallExpression(nameOf("require"), undefined, [moduleReference.expression])
      : partOfState(moduleReference, file)
    if (!value) return node
    const variable = factory.createVariableDeclaration(
      name,
      undefined,
      undefined,
      ts.setTextRange(value, moduleReference),
    )
    const list = factory.createVariableDeclarationList([variable], ts.NodeFlags.Const)
    return ts.setTextRange(factory.createVariableStatement(modifiers, list), node)
  }
  return ts.visitEachChild(file, visit, context)
}

/** Of `a.b` where `a` is an earlier cell's: in a namespace of types there is no value, which only the checker knows. */
function partOfState(entity: ts.EntityName, file: ts.SourceFile): ts.Expression | undefined {
  if (ts.isIdentifier(entity)) return isOfState(entity, file) ? entity : undefined
  const left = partOfState(entity.left, file)
  const questionDot = factory.createToken(ts.SyntaxKind.QuestionDotToken)
  return left && factory.createPropertyAccessChain(left, questionDot, entity.right)
}

function isOfState({ text }: ts.Identifier, file: ts.SourceFile): boolean {
  return file.statements.some((statement) => {
    if (!ts.isImportDeclaration(statement)) return false
    const { importClause, moduleSpecifier } = statement
    const names = importClause?.namedBindings
    if (!names || !ts.isNamedImports(names)) return false
    if (!ts.isStringLiteral(moduleSpecifier) || moduleSpecifier.text !== stateModule) return false
    return names.elements.some(({ name }) => name.text === text)
  })
}

/**
 * Static imports have become `require("x")` calls, which the compiler made itself and which therefore have no place
 * in the source. They ask for a module that is loaded already; those of earlier values are the state itself.
 */
export const requiresLoaded: Transform = everywhere((node) => {
  if (!ts.isCallExpression(node) || node.pos >= 0) return node
  const [specifier] = node.arguments
  if (!ts.isIdentifier(node.expression) || node.expression.text !== "require") return node
  if (!specifier || !ts.isStringLiteral(specifier)) return node
  if (specifier.text === stateModule) return nameOf("exports")
  return factory.updateCallExpression(node, nameOf("__import"), undefined, node.arguments)
})

/** The state of the cells is no module: it would get `__esModule` as a variable. */
export const withoutModuleMark: Transform = () => (file) =>
  factory.updateSourceFile(
    file,
    file.statements.filter((statement) => statement.pos >= 0 || !isModuleMark(statement)),
  )

function isModuleMark(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) return false
  const [, name] = statement.expression.arguments
  return name !== undefined && ts.isStringLiteral(name) && name.text === "__esModule"
}

/**
 * Makes the text a generator's body: `await` at top level becomes `yield`, so that the kernel resumes each part of a
 * cell itself, below the guard that a Stop can reach. `found` is told whether there was any.
 */
export function yieldsForAwaits(found: () => void): Transform {
  return (context) => (file) => {
    const visit = (node: ts.Node): ts.Node => {
      if (isOwnScope(node)) return ts.visitEachChild(node, visitName, context)
      if (isForAwait(node)) return withoutForAwait(node, visit, yieldOf)
      const visited = ts.visitEachChild(node, visit, context)
      return ts.isAwaitExpression(visited) ? yieldOf(visited.expression, visited) : visited
    }
    // The name of a member is computed where its class is declared.
    const visitName = (node: ts.Node) => (ts.isComputedPropertyName(node) ? visit(node) : node)
    const result = ts.visitEachChild(file, visit, context)
    if (result !== file) found()
    return result
  }
}

/** An `await` in there is not the cell's. */
function isOwnScope(node: ts.Node): boolean {
  return ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node) || ts.isPropertyDeclaration(node)
}

/** A `for await` with the labels in front of it, or without. */
export function isForAwait(node: ts.Node): node is ts.ForOfStatement | ts.LabeledStatement {
  if (ts.isLabeledStatement(node)) return isForAwait(node.statement)
  return ts.isForOfStatement(node) && node.awaitModifier !== undefined
}

function yieldOf(expression: ts.Expression, place?: ts.Node): ts.Expression {
  const made = factory.createParenthesizedExpression(factory.createYieldExpression(undefined, expression))
  return place ? ts.setSourceMapRange(made, ts.getSourceMapRange(place)) : made
}

/**
 * `for await (const x of xs) body` becomes
 *
 *     const loop = __forAwait(xs)
 *     try { for (; !(yield loop.next()).done; ) { const x = loop.value; body } }
 *     catch (error) { yield loop.fail(error) }
 *     finally { if (loop.open) yield loop.close() }
 *
 * in which only the kernel awaits. ECMAScript's rules are kept: an iterator that threw is not closed, and what a body
 * throws is not lost to what closing throws. The body stays a block, which may declare `x` anew.
 *
 * @param wait gives the expression that waits for a promise: the `yield`
 */
export function withoutForAwait(
  labeled: ts.ForOfStatement | ts.LabeledStatement,
  visit: (node: ts.Node) => ts.Node,
  wait: (promise: ts.Expression) => ts.Expression,
): ts.Statement {
  const labels: ts.Identifier[] = []
  let inner: ts.Statement = labeled
  for (; ts.isLabeledStatement(inner); inner = inner.statement) labels.push(inner.label)
  const node = inner as ts.ForOfStatement
  const loop = factory.createUniqueName("loop")
  const error = factory.createUniqueName("error")
  const member = (name: string) => factory.createPropertyAccessExpression(loop, name)
  const call = (name: string, ...values: ts.Expression[]) =>
    wait(factory.createCallExpression(member(name), undefined, values))
  const begin = factory.createCallExpression(nameOf("__forAwait"), undefined, [
    visit(node.expression) as ts.Expression,
  ])
  const more = factory.createLogicalNot(factory.createPropertyAccessExpression(call("next"), "done"))
  const initializer = visit(node.initializer) as ts.ForInitializer
  const turn = block(assignment(initializer, member("value")), visit(node.statement) as ts.Statement)
  const plain = ts.setTextRange(factory.createForStatement(undefined, more, undefined, turn), node)
  const labeledLoop = labels.reduceRight<ts.Statement>(
    (statement, label) => factory.createLabeledStatement(label, statement),
    plain,
  )
  const fail = factory.createExpressionStatement(call("fail", error))
  const close = factory.createIfStatement(member("open"), factory.createExpressionStatement(call("close")))
  return block(
    constant(loop, begin),
    factory.createTryStatement(
      block(labeledLoop),
      factory.createCatchClause(factory.createVariableDeclaration(error), block(fail)),
      block(close),
    ),
  )
}

function block(...statements: ts.Statement[]): ts.Block {
  return factory.createBlock(statements, true)
}

function constant(name: ts.Identifier, value: ts.Expression): ts.Statement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value)
  return factory.createVariableStatement(
    undefined,
    factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const),
  )
}

function assignment(initializer: ts.ForInitializer, value: ts.Expression): ts.Statement {
  if (!ts.isVariableDeclarationList(initializer))
    return factory.createExpressionStatement(
      factory.createParenthesizedExpression(factory.createAssignment(initializer, value)),
    )
  const [declaration] = initializer.declarations
  const bound = factory.updateVariableDeclaration(
    declaration!,
    declaration!.name,
    undefined,
    undefined,
    value,
  )
  return factory.createVariableStatement(
    undefined,
    factory.updateVariableDeclarationList(initializer, [bound]),
  )
}
