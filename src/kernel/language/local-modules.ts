import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"

/** What a text imports; `file` where it is a source file of the reader's and no installed package. */
export interface ImportRequest {
  specifier: string
  file?: string
}

const sourceExtensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"]
const runnable = [".js", ".mjs", ".cjs", ".json"]

/** Where a module of the reader's own is that `from` imports; undefined for packages and for what is not there. */
export function localModule(
  specifier: string,
  from: string,
  options: ts.CompilerOptions,
  ownPaths: boolean,
): string | undefined {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier)
  const isPath =
    /^\.{0,2}\//.test(specifier) || /^[A-Za-z]:[\\/]/.test(specifier) || /^\.{1,2}$/.test(specifier)
  if (!isPath && !ownPaths) return undefined
  const found = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule
  if (found && !found.isExternalLibraryImport && !found.resolvedFileName.includes("/node_modules/"))
    return runnableFile(found.resolvedFileName)
  const file = resolve(dirname(from), specifier)
  return isPath && existsSync(file) && sourceExtensions.some((end) => file.endsWith(end)) ? file : undefined
}

/** Declarations stand beside the JavaScript that they describe. */
function runnableFile(file: string): string | undefined {
  const declaration = /\.d\.([cm]?)ts$/.exec(file)
  if (!declaration) return file
  const stem = file.slice(0, declaration.index)
  return runnable.map((extension) => `${stem}${extension}`).find((candidate) => existsSync(candidate))
}
