import { readFileSync, statSync } from "node:fs"
import { isBuiltin } from "node:module"
import { basename, dirname, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { activityBelow } from "../context.js"
import type { DebugLink } from "../debug/debug-link.js"
import type { ImportRequest } from "../language/local-modules.js"
import { commonJsNamespace } from "./common-js.js"
import { drive } from "./drive.js"
import { guarded } from "./guard.js"
import { ImportedNames } from "./imported-names.js"
import type { LanguageClient } from "./language-client.js"
import { LoadedModules } from "./loaded-modules.js"
import { moduleFunction, type Runtime } from "./module-function.js"
import { moduleMeta } from "./module-meta.js"
import { NativeImport } from "./native-import.js"
import { SourcePositions } from "./source-positions.js"

/** A source file of the reader's that has been run. */
interface LocalModule {
  file: string
  /** What the file looked like when it was read. */
  stamp: string
  exports: object
  namespace: object
  imports: ImportRequest[]
  /** Settled when it has run; a file that is imported in a circle is seen half done, as in Node. */
  done: Promise<void> | undefined
  /** Settled when a debugger has its breakpoints in it. */
  announced: Promise<void> | undefined
}

/** The part of Runtime that is the same for cells and files. */
type Common = Pick<Runtime, "__stop" | "__checkStop" | "__forAwait">

/**
 * The modules of cells. Packages are Node's; the reader's own files are compiled by the kernel and looked at before
 * each cell that uses them: one that has changed, or whose imports have, is run again, so that the cell sees it new.
 * Objects of the old one go on living.
 */
export class Modules {
  readonly native: NativeImport
  readonly #modules = new LoadedModules(({ specifier, folder }) => this.#nativeIn(folder).load(specifier))
  readonly #local = new Map<string, LocalModule>()
  /** By the folder from which they look for packages. */
  readonly #native = new Map<string, NativeImport>()
  readonly #positions = new Map<string, SourcePositions>()

  constructor(
    readonly folder: string,
    readonly language: LanguageClient,
    readonly common: Common,
    readonly debug?: DebugLink,
    readonly names = new ImportedNames(),
  ) {
    this.native = this.#nativeIn()
  }

  provide(specifier: string, namespace: object): void {
    this.#modules.provide(specifier, namespace)
  }

  /** Loads what a cell imports, so that `loaded` has it. */
  async load(requests: readonly ImportRequest[]): Promise<void> {
    if (requests.some(({ file }) => file !== undefined)) this.#dropStale()
    for (const request of requests) {
      if (request.file === undefined) await this.#modules.load(request)
      else await this.#loadFile(request.file)
    }
  }

  /** A module that `load` has loaded, by the specifier of these requests. */
  loaded(specifier: string, requests: readonly ImportRequest[]): object {
    return this.#modules.find(specifier, requests, (file) => this.#local.get(file)?.namespace)
  }

  /** `import(specifier)` in a cell, or in a file of the reader's. */
  async import(specifier: string, from?: string): Promise<object> {
    const request = this.#request(specifier, from)
    await this.load([request])
    return this.loaded(specifier, [request])
  }

  /** `require(specifier)` in a cell, or in a file of the reader's. */
  require(specifier: string, from?: string): unknown {
    const provided = this.#modules.provided(specifier)
    if (provided) return provided
    if (isBuiltin(specifier)) return this.native.require(specifier)
    const { file } = this.#request(specifier, from)
    if (file !== undefined) {
      this.#dropStale()
      return this.#requireFile(file).exports
    }
    return this.#nativeIn(from && dirname(from)).require(specifier)
  }

  /** How compiled text of a file leads back to the file. */
  positionsOf(file: string): SourcePositions | undefined {
    return this.#positions.get(file)
  }

  /** Every file of the reader's is run anew by the next cell that uses it. */
  reset(): void {
    this.#local.clear()
  }

  #nativeIn(folder = this.folder): NativeImport {
    const known = this.#native.get(folder) ?? new NativeImport(folder)
    this.#native.set(folder, known)
    return known
  }

  #request(specifier: string, from: string | undefined): ImportRequest {
    if (this.#modules.provided(specifier) || isBuiltin(specifier)) return { specifier }
    return this.language.locate(specifier, from)
  }

  /** @param above the files that are being loaded and wait for this one: in a circle, one is seen half done */
  async #loadFile(file: string, above: ReadonlySet<string> = new Set()): Promise<void> {
    const known = this.#local.get(file)
    if (known) return above.has(file) ? undefined : known.done
    const [module, body] = this.#open(file)
    const below = new Set([...above, file])
    module.done = (async () => {
      for (const request of module.imports)
        if (request.file === undefined) await this.#modules.load(request)
        else await this.#loadFile(request.file, below)
      await module.announced
      const running = guarded(() => body())
      if (isGenerator(running)) await drive(running, activityBelow())
      this.#finish(module)
    })()
    try {
      await module.done
    } catch (error) {
      // It has not run: the next cell tries again.
      if (this.#local.get(file) === module) this.#local.delete(file)
      throw error
    } finally {
      module.done = undefined
    }
  }

  #requireFile(file: string): LocalModule {
    const known = this.#local.get(file)
    if (known) return known
    const [module, body] = this.#open(file)
    try {
      for (const request of module.imports) {
        if (request.file !== undefined) this.#requireFile(request.file)
        else if (!this.#modules.get(request)) {
          const exported = this.#nativeIn(request.folder).require(request.specifier) as object
          this.#modules.keep(request, commonJsNamespace(exported))
        }
      }
      if (isGenerator(body())) throw new Error(`require of a file with top-level await: ${file}; use import`)
      this.#finish(module)
      return module
    } catch (error) {
      this.#local.delete(file)
      throw error
    }
  }

  /** Files that have changed on disk, and all that import them, are no longer loaded. */
  #dropStale(): void {
    const stale = new Set<string>()
    for (const { file, stamp } of this.#local.values()) if (stampOf(file) !== stamp) stale.add(file)
    for (let before = -1; before !== stale.size; ) {
      before = stale.size
      for (const { file, imports } of this.#local.values())
        if (imports.some((request) => request.file !== undefined && stale.has(request.file))) stale.add(file)
    }
    for (const file of stale) this.#local.delete(file)
  }

  /** Compiles a file and enters it; the function runs it. */
  #open(file: string): [LocalModule, () => unknown] {
    const stamp = stampOf(file)
    const exports = {}
    const module: LocalModule = {
      ...{ file, stamp, exports, namespace: exports },
      ...{ imports: [], done: undefined, announced: undefined },
    }
    this.#local.set(file, module)
    if (file.endsWith(".json")) return [module, () => this.#readJson(module)]
    const { js, map, awaits, imports, imported, names, problem } = this.language.compileFile(file)
    if (problem) {
      this.#local.delete(file)
      const { message, line, column } = problem
      throw new SyntaxError(`${message} (${relative(this.folder, file)}:${line}:${column})`)
    }
    module.imports = imports
    const code = readFileSync(file, "utf8")
    this.#positions.set(file, new SourcePositions(code, map, 0, [], names))
    // A running `require` does not wait for breakpoints: they could not be set while it does.
    const url = pathToFileURL(file).href
    module.announced = this.debug?.announce({ label: basename(file), code, url, map, path: file })
    this.names.ofFile(url, imported, (specifier) => this.loaded(specifier, imports))
    const holder = { exports: module.exports }
    const run = moduleFunction(js, file, awaits)
    const native = this.#nativeIn(dirname(file))
    const runtime: Runtime = {
      ...this.common,
      exports: module.exports,
      module: holder,
      require: Object.assign((specifier: string) => this.require(specifier, file), {
        resolve: native.require.resolve,
        cache: this.native.require.cache,
      }),
      __filename: file,
      __dirname: dirname(file),
      __import: (specifier: string) => this.loaded(specifier, imports),
      __dynamicImport: (specifier: string) => this.import(String(specifier), file),
      __meta: moduleMeta(file, native.require),
      __last: undefined,
    }
    const body = () => {
      const running = run(runtime)
      if (isGenerator(running)) return running
      module.exports = holder.exports
      return undefined
    }
    return [module, body]
  }

  #readJson(module: LocalModule): void {
    const value = JSON.parse(readFileSync(module.file, "utf8"))
    module.exports = value
  }

  /** The namespace of a module that has run: a CommonJS file may have replaced its exports. */
  #finish(module: LocalModule): void {
    const { exports } = module
    const compiled = exports !== null && typeof exports === "object" && "__esModule" in exports
    if (exports === null || (typeof exports !== "object" && typeof exports !== "function"))
      module.namespace = { default: exports }
    else module.namespace = compiled ? exports : commonJsNamespace(exports)
  }
}

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats ? `${stats.mtimeMs}:${stats.size}:${stats.ino}` : "gone"
}

function isGenerator(value: unknown): value is Generator<unknown, unknown, unknown> {
  return Object.prototype.toString.call(value) === "[object Generator]"
}
