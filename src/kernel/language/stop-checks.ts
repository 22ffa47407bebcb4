import ts from "typescript"
import { places } from "../stop-flag.js"
import { everywhere, nameOf, type Transform } from "./transforms.js"

const { factory } = ts

/**
 * A check at the head of every loop body, so that a loop can be stopped wherever it runs: in a timer, after an
 * await, in a function that a library calls. One load from shared memory a turn, which costs nothing measurable.
 */
export const stoppableLoops: Transform = everywhere((node) => {
  if (!ts.isIterationStatement(node, false)) return node
  // No loop's body: in the block of ours the engine would take it.
  if (ts.isFunctionDeclaration(node.statement) || ts.isClassDeclaration(node.statement)) return node
  const statements = ts.isBlock(node.statement) ? node.statement.statements : [node.statement]
  const body = factory.createBlock([check(ofLoops, node), ...statements], true)
  if (ts.isForStatement(node))
    return factory.updateForStatement(node, node.initializer, node.condition, node.incrementor, body)
  if (ts.isForInStatement(node))
    return factory.updateForInStatement(node, node.initializer, node.expression, body)
  if (ts.isForOfStatement(node))
    return factory.updateForOfStatement(node, node.awaitModifier, node.initializer, node.expression, body)
  if (ts.isWhileStatement(node)) return factory.updateWhileStatement(node, node.expression, body)
  return factory.updateDoStatement(node as ts.DoStatement, body, (node as ts.DoStatement).expression)
})

/**
 * A check at the head of every function that calls something: such functions can go on for ever without a loop, by
 * promises, microtasks or recursion. It looks at a place of its own, set only where a Stop gets nowhere: what a cell
 * calls to clean up after a Stop has to run.
 */
export const stoppableCalls: Transform = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    const visited = ts.visitEachChild(node, visit, context)
    const body = bodyOf(visited)
    if (!body || !callsSomething(body)) return visited
    const checked = ts.isBlock(body) ? checkedBlock(body, visited) : checkedExpression(body, visited)
    return ts.visitEachChild(visited, (child) => (child === body ? checked : child), context)
  }
  return ts.visitEachChild(file, visit, context)
}

function bodyOf(node: ts.Node): ts.ConciseBody | undefined {
  return ts.isFunctionLike(node) && "body" in node ? node.body : undefined
}

/** Directives such as "use strict" have to stay in front. */
function checkedBlock(body: ts.Block, place: ts.Node): ts.Block {
  const { statements } = body
  const start = statements.findIndex(
    (each) => !ts.isExpressionStatement(each) || !ts.isStringLiteral(each.expression),
  )
  return factory.updateBlock(body, statements.toSpliced(start, 0, check(ofCalls, place)))
}

function checkedExpression(body: ts.Expression, place: ts.Node): ts.Expression {
  const checked = factory.createLogicalAnd(isSet(ofCalls), stop(place))
  return factory.createParenthesizedExpression(factory.createComma(checked, body))
}

/** Whether code of its own calls or awaits something: functions inside of it have checks of their own. */
function callsSomething(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node)) return true
  if (ts.isTaggedTemplateExpression(node) || ts.isYieldExpression(node)) return true
  return !ts.isFunctionLike(node) && ts.forEachChild(node, callsSomething) === true
}

const { last: ofLoops, calls: ofCalls } = places

function check(place: number, source: ts.Node): ts.Statement {
  return factory.createIfStatement(isSet(place), factory.createExpressionStatement(stop(source)))
}

function isSet(place: number): ts.Expression {
  const flag = factory.createElementAccessExpression(nameOf("__stop"), place)
  return factory.createStrictInequality(flag, factory.createNumericLiteral(0))
}

/** A cell that is stopped in there was stopped at that place of the source. */
function stop(source: ts.Node): ts.Expression {
  const call = factory.createCallExpression(nameOf("__checkStop"), undefined, [])
  return ts.setSourceMapRange(call, ts.getSourceMapRange(source))
}
