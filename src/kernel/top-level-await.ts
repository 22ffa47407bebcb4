import type ts from "typescript"

/** Whether code awaits outside of any function, so that it has to run inside an async one. */
export function awaitsAtTopLevel(code: string, typescript: typeof ts): boolean {
  if (!/\bawait\b/.test(code)) return false
  // An export makes it a module, where await is a keyword.
  const file = typescript.createSourceFile("cell.ts", `${code}\nexport {}`, typescript.ScriptTarget.ES2022)
  const awaits = (node: ts.Node): boolean => {
    if (typescript.isAwaitExpression(node)) return true
    if (typescript.isForOfStatement(node) && node.awaitModifier) return true
    if (typescript.isFunctionLike(node)) return false
    return typescript.forEachChild(node, awaits) ?? false
  }
  return awaits(file)
}
