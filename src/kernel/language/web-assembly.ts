import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type ts from "typescript"

/**
 * The types of `WebAssembly` as a module that declares them everywhere. Node has it, but its types are only in
 * the browser's library; undefined where the reader's tsconfig asks for that.
 */
export function webAssemblyModule({ lib = [] }: ts.CompilerOptions): string | undefined {
  if (lib.some((name) => /\b(dom|webworker)\b/i.test(name))) return undefined
  const folder = dirname(createRequire(import.meta.url).resolve("typescript"))
  const library = readFileSync(join(folder, "lib.dom.d.ts"), "utf8").replaceAll("\r", "")
  const found = /^declare (namespace WebAssembly \{\n[\s\S]*?\n\}\n)/m.exec(library)?.[1]
  const types = found?.replace(/\bBufferSource\b/g, "ArrayBufferView<ArrayBuffer> | ArrayBuffer")
  return types && `declare global {\n${types}}\nexport {}`
}
