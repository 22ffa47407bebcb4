import { dirname, join } from "node:path"
import ts from "typescript"

/**
 * The types of `WebAssembly` as a module that declares them everywhere. Node has it, but its types are only in
 * the browser's library; undefined where the reader's tsconfig asks for that.
 */
export function webAssemblyModule({ lib = [] }: ts.CompilerOptions): string | undefined {
  if (lib.some((name) => /\b(dom|webworker)\b/i.test(name))) return undefined
  const library = ts.sys.readFile(join(dirname(ts.getDefaultLibFilePath({})), "lib.dom.d.ts")) ?? ""
  const found = /^declare (namespace WebAssembly \{\r?\n[\s\S]*?\n\}\r?\n)/m.exec(library)?.[1]
  const types = found?.replace(/\bBufferSource\b/g, "ArrayBufferView<ArrayBuffer> | ArrayBuffer")
  return types && `declare global {\n${types}}\nexport {}`
}
