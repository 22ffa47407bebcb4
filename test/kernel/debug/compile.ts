import ts from "typescript"
import type { CompiledSource } from "../../../src/kernel/debug/cell-source.js"

/**
 * Compiles a cell in the manner of the kernel, but simpler: what it declares becomes an export, and the names of
 * earlier cells an import from the state.
 */
export function compileCell(
  code: string,
  count: number,
  earlier: Iterable<string>,
): { cell: CompiledSource; js: string; names: string[] } {
  const label = `cell-${count}`
  const url = `${label}.ts`
  const parsed = ts.createSourceFile(url, code, ts.ScriptTarget.ES2022, true)
  const declarations = parsed.statements.filter(
    (node) => ts.isVariableStatement(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node),
  )
  const names = declarations.flatMap((node) =>
    ts.isVariableStatement(node)
      ? node.declarationList.declarations.map((declaration) => declaration.name.getText())
      : [node.name!.text],
  )
  const insertions = declarations.map((node) => ({ at: node.getStart(), text: "export " }))
  let text = code
  for (const { at, text: inserted } of insertions.toReversed())
    text = text.slice(0, at) + inserted + text.slice(at)
  const used = [...earlier].filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !names.includes(name))
  const header = `import { ${used.join(", ")} } from "$state"`
  const { outputText, sourceMapText } = ts.transpileModule(`${header}\n${text}`, {
    fileName: url,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, sourceMap: true },
  })
  const js = outputText.replace(/\n\/\/# sourceMappingURL=.*$/, "")
  const map = sourceMapText!
  return { cell: { label, code, url, map, headerLines: 1, insertions, lineOffset: 1 }, js, names }
}
