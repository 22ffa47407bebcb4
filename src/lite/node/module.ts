import { PrelabError } from "../../error.js"

/** Written by the bundler: Node's modules that something stands for. */
declare const builtinsInBrowser: readonly string[]

/** The modules of Node's that code can import here. */
export const builtinModules: readonly string[] = builtinsInBrowser

export function isBuiltin(specifier: string): boolean {
  return builtinModules.includes(specifier.replace(/^node:/, ""))
}

/** There is no folder of packages: what the kernel itself needs is in its bundle. */
export function createRequire(_from: string | URL): NodeJS.Require {
  const missing = (name: string): never => {
    throw Object.assign(new PrelabError("no such module in a browser", name), { code: "MODULE_NOT_FOUND" })
  }
  return Object.assign(missing, { resolve: missing }) as unknown as NodeJS.Require
}

export function syncBuiltinESMExports(): void {}

export default { builtinModules, isBuiltin, createRequire, syncBuiltinESMExports }
