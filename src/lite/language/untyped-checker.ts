import ts from "typescript"
import type { Problem } from "../../kernel/language/checker.js"
import { ScriptChecker } from "../../kernel/language/script-checker.js"

/** A parameter, or a part of one, has no type. */
const implicitlyAny: ReadonlySet<number> = new Set([7006, 7019, 7031])

/**
 * Packages from the network have no types, so that `chunk(xs, 2).map((pair) => pair[0])` says nothing of `pair`: with
 * the package's types it would be right. A parameter that no caller could give a type is wrong as ever.
 */
export class UntypedChecker extends ScriptChecker {
  override check(name: string, text: string): Problem[] {
    const found = super.check(name, text)
    if (!found.some(({ code }) => implicitlyAny.has(code))) return found
    const { program } = this
    const file = program.getSourceFile(this.host.fileOf(name))!
    const types = program.getTypeChecker()
    return found.filter(
      ({ code, start }) => !implicitlyAny.has(code) || !isGivenToUntyped(file, start, types),
    )
  }
}

/** Whether the function at a place is an argument, or in one, of a call of which nothing is known. */
function isGivenToUntyped(file: ts.SourceFile, position: number, types: ts.TypeChecker): boolean {
  let node = deepest(file, file, position)
  while (!ts.isFunctionLike(node) && node.parent) node = node.parent
  while (isPartOfValue(node)) node = node.parent
  const call = node.parent
  if (!call || !(ts.isCallExpression(call) || ts.isNewExpression(call)) || call.expression === node)
    return false
  return (types.getTypeAtLocation(call.expression).flags & ts.TypeFlags.Any) !== 0
}

function isPartOfValue({ parent }: ts.Node): boolean {
  if (!parent) return false
  return (
    ts.isParenthesizedExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isPropertyAssignment(parent)
  )
}

function deepest(node: ts.Node, file: ts.SourceFile, position: number): ts.Node {
  const child = ts.forEachChild(node, (each) =>
    each.getStart(file) <= position && position < each.end ? each : undefined,
  )
  return child ? deepest(child, file, position) : node
}
