import { createRequire } from "node:module"
import { join } from "node:path"
import { constants, Script } from "node:vm"
import { commonJsNamespace } from "./common-js.js"
import { processNamespace } from "./standard-input.js"

/** No file of this name needs to exist: only its folder counts. */
export const importerName = "__cell.js"

/** Modules as Node loads them, found from the notebook's folder instead of the kernel's. */
export class NativeImport {
  readonly require: NodeJS.Require
  readonly #import: (specifier: string, options?: ImportCallOptions) => Promise<object>

  constructor(folder: string) {
    const from = join(folder, importerName)
    this.require = createRequire(from)
    this.#import = new Script("(specifier, options) => import(specifier, options)", {
      filename: from,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }).runInThisContext()
  }

  /** Loads something once, so that Node's warning about how it is done is not shown below the reader's first import. */
  async warmUp(): Promise<void> {
    const { emitWarning } = process
    process.emitWarning = () => {}
    try {
      await this.#import("node:path")
    } finally {
      process.emitWarning = emitWarning
    }
  }

  async load(specifier: string): Promise<object> {
    const namespace = await this.#import(specifier).catch((error: NodeJS.ErrnoException) => {
      if (!isJsonError(error)) throw error
      return this.#import(specifier, { with: { type: "json" } })
    })
    if (/^(node:)?process$/.test(specifier)) return processNamespace(namespace)
    return this.#commonJs(specifier, namespace) ?? namespace
  }

  /**
   * A CommonJS package as TypeScript's types describe it: all properties of its exports by name, which Node finds
   * only where the package's text shows them, and `default` as a compiled ES module means it.
   */
  #commonJs(specifier: string, namespace: object): object | undefined {
    const exported = (namespace as { default?: unknown }).default
    if (exported === null || (typeof exported !== "object" && typeof exported !== "function"))
      return undefined
    if (specifier.startsWith("node:") || !this.#isCommonJs(specifier)) return undefined
    return commonJsNamespace(exported)
  }

  #isCommonJs(specifier: string): boolean {
    try {
      const file = this.require.resolve(specifier)
      return this.require.cache[file] !== undefined && !/\.m[jt]s$/.test(file)
    } catch {
      return false // no entry for require: an ES module
    }
  }
}

/** Node wants to be told that a file is JSON, which TypeScript does not ask of the reader. */
function isJsonError({ code }: NodeJS.ErrnoException): boolean {
  return code === "ERR_IMPORT_ATTRIBUTE_MISSING" || code === "ERR_IMPORT_ASSERTION_TYPE_MISSING"
}
