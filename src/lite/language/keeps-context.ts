import ts from "typescript"
import { isForAwait, type Transform, withoutForAwait } from "../../kernel/language/transforms.js"
import type { AwaitName } from "./await-names.js"

const { factory } = ts

/**
 * `await x` in a function becomes `__resume(await __pause(x))`: a browser goes on after an `await` without asking
 * anybody, and code would no longer know to which cell it belongs. `for await` likewise. The cell's own are the
 * kernel's already: they come through it as `yield`.
 */
export const keepsContext: Transform = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    if (isForAwait(node)) return withoutForAwait(node, visit, resumed)
    const visited = ts.visitEachChild(node, visit, context)
    return ts.isAwaitExpression(visited) ? resumed(visited.expression, visited) : visited
  }
  return ts.visitEachChild(file, visit, context)
}

function resumed(expression: ts.Expression, place?: ts.Node): ts.Expression {
  const waits = factory.createAwaitExpression(call("__pause", expression))
  const made = call("__resume", waits)
  return place ? ts.setSourceMapRange(made, ts.getSourceMapRange(place)) : made
}

function call(name: AwaitName, argument: ts.Expression): ts.Expression {
  return factory.createCallExpression(factory.createIdentifier(name), undefined, [argument])
}
