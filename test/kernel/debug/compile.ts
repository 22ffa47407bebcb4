import { decodedMappings, encodedMappings, TraceMap } from "@jridgewell/trace-mapping"
import ts from "typescript"
import type { CompiledCell } from "../../../src/kernel/debug/cell-source.js"

const exported = "export "

/**
 * Compiles a cell in the manner of the kernel: what it declares becomes an export, the names of earlier cells an
 * import from the state, and the map leads to the text as it was written.
 */
export function compileCell(
  code: string,
  count: number,
  earlier: Iterable<string>,
): { cell: CompiledCell; js: string; names: string[] } {
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
  const lines = code.split("\n")
  const widened = new Set<number>()
  for (const node of declarations) {
    const { line } = parsed.getLineAndCharacterOfPosition(node.getStart())
    lines[line] = exported + lines[line]
    widened.add(line)
  }
  const used = [...earlier].filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !names.includes(name))
  const header = `import { ${used.join(", ")} } from "$state"`
  const { outputText, sourceMapText } = ts.transpileModule([header, ...lines].join("\n"), {
    fileName: url,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS, sourceMap: true },
  })
  const js = outputText.replace(/\n\/\/# sourceMappingURL=.*$/, "")
  const mappings = decodedMappings(new TraceMap(sourceMapText!)).map((segments) =>
    segments.flatMap((segment): [number, number, number, number][] => {
      const [at, source, line, column] = segment as [number, number, number, number]
      if (line === 0) return []
      const shift = widened.has(line - 1) ? exported.length : 0
      return [[at, source, line - 1, Math.max(0, column - shift)]]
    }),
  )
  const map = encodedMappings(new TraceMap({ version: 3, names: [], sources: [url], mappings }))
  const json = JSON.stringify({ version: 3, names: [], sources: [url], mappings: map })
  return { cell: { label, code, url, map: json, lineOffset: 1 }, js, names }
}
