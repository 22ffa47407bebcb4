import { existsSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import { builtIn } from "./platform.js"

/** What a text imports. */
export interface ImportRequest {
  specifier: string
  /** Where it is a source file of the reader's and no installed package. */
  file?: string
  /** Where a package is looked for, if not in the notebook's folder: beside the file that imports it. */
  folder?: string
}

const sourceExtensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"]
const isBuiltIn: ReadonlySet<string> = new Set(builtIn)
const runnable = [".js", ".mjs", ".cjs", ".json"]

/**
 * Where a module of the reader's own is that `from` imports; undefined for packages and for what is not there. A package
 * that is linked from elsewhere and written in TypeScript is the reader's own: Node would not run it.
 */
export function localModule(
  specifier: string,
  from: string,
  options: ts.CompilerOptions,
): string | undefined {
  if (specifier.startsWith("file:")) return fileURLToPath(specifier)
  if (isBuiltIn.has(specifier.replace(/^node:/, ""))) return undefined
  const found = ts.resolveModuleName(specifier, from, options, ts.sys).resolvedModule
  if (found && isOwn(found)) return runnableFile(found.resolvedFileName)
  const isPath =
    /^\.{0,2}\//.test(specifier) || /^[A-Za-z]:[\\/]/.test(specifier) || /^\.{1,2}$/.test(specifier)
  const file = resolve(dirname(from), specifier)
  return isPath && existsSync(file) && sourceExtensions.some((end) => file.endsWith(end)) ? file : undefined
}

function isOwn({ resolvedFileName: file, isExternalLibraryImport }: ts.ResolvedModuleFull): boolean {
  if (file.includes("/node_modules/")) return false
  return !isExternalLibraryImport || (/\.[cm]?tsx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file))
}

/** Declarations stand beside the JavaScript that they describe. */
function runnableFile(file: string): string | undefined {
  const declaration = /\.d\.([cm]?)ts$/.exec(file)
  if (!declaration) return file
  const stem = file.slice(0, declaration.index)
  return runnable.map((extension) => `${stem}${extension}`).find((candidate) => existsSync(candidate))
}
