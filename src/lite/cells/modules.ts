import { dirname, relative } from "node:path"
import { PrelabError } from "../../error.js"
import { activityBelow } from "../../kernel/context.js"
import type { CompiledFile } from "../../kernel/language/language.js"
import type { ImportRequest } from "../../kernel/language/local-modules.js"
import { commonJsNamespace } from "../../kernel/run/common-js.js"
import { drive } from "../../kernel/run/drive.js"
import { LoadedModules } from "../../kernel/run/loaded-modules.js"
import { moduleFunction, type Runtime } from "../../kernel/run/module-function.js"
import { readFile } from "../node/fs-promises.js"
import type { LanguageClient } from "./language-client.js"
import { moduleMeta } from "./module-meta.js"
import { importPackage } from "./packages.js"
import { SourcePositions } from "./source-positions.js"

/** A file of the reader's that has been run. */
interface LocalModule {
  /** Its text as it was compiled: when that changes, it is run again. */
  readonly js: string
  readonly imports: readonly ImportRequest[]
  readonly exports: object
  namespace: object
}

/** The files that one load has come to. */
type Looked = Map<string, "loading" | "ran" | "kept">

type Compiled = Pick<CompiledFile, "js" | "awaits" | "imports">

/** The part of Runtime that is the same for cells and files. */
type Common = Partial<Runtime>

/**
 * The modules of cells in a browser. Packages come from the network, as ES modules; the reader's own files are compiled
 * by the language worker and looked at before each cell that uses them, as in Node.
 */
export class Modules {
  /** What a page has of Node's `require`: what was loaded before. */
  readonly native: { require: NodeJS.Require; warmUp(): Promise<void> }
  readonly #modules = new LoadedModules(({ specifier }) => importPackage(specifier))
  readonly #local = new Map<string, LocalModule>()
  readonly #positions = new Map<string, SourcePositions>()

  constructor(
    readonly folder: string,
    readonly language: LanguageClient,
    readonly common: Common,
  ) {
    const require = Object.assign((specifier: string) => this.require(specifier), {
      resolve: (specifier: string) => specifier,
      cache: {},
    })
    this.native = { require: require as unknown as NodeJS.Require, warmUp: async () => undefined }
  }

  provide(specifier: string, namespace: object): void {
    this.#modules.provide(specifier, namespace)
  }

  /** Loads what a cell imports, so that `loaded` has it. */
  async load(requests: readonly ImportRequest[]): Promise<void> {
    const looked: Looked = new Map()
    for (const request of requests)
      if (request.file === undefined) await this.#modules.load(request)
      else await this.#loadFile(request.file, looked)
  }

  /** A module that `load` has loaded, by the specifier of these requests. */
  loaded(specifier: string, requests: readonly ImportRequest[]): object {
    return this.#modules.find(specifier, requests, (file) => this.#local.get(file)?.namespace)
  }

  /** `import(specifier)` in a cell, or in a file of the reader's. */
  async import(specifier: string, from?: string): Promise<object> {
    const request = this.#modules.provided(specifier)
      ? { specifier }
      : inPage(await this.language.locate(specifier, from))
    await this.load([request])
    return this.loaded(specifier, [request])
  }

  /** @throws PrelabError for what has not been loaded: a page cannot wait for it */
  require(specifier: string): unknown {
    const known = this.#modules.get({ specifier })
    if (known) return known
    throw new PrelabError("cannot require in a browser", specifier, { hint: "use import" })
  }

  /** How compiled text of a file leads back to the file. */
  positionsOf(file: string): SourcePositions | undefined {
    return this.#positions.get(file)
  }

  /** Every file of the reader's is run anew by the next cell that uses it. */
  reset(): void {
    this.#local.clear()
  }

  /**
   * Runs a file unless it and what it imports are as they were.
   * @returns whether it was run; in a circle a file is seen half done, as in Node
   */
  async #loadFile(file: string, looked: Looked): Promise<boolean> {
    const seen = looked.get(file)
    if (seen !== undefined) return seen === "ran"
    looked.set(file, "loading")
    const ran = await this.#refresh(file, looked)
    looked.set(file, ran ? "ran" : "kept")
    return ran
  }

  async #refresh(file: string, looked: Looked): Promise<boolean> {
    const compiled = await this.#compiled(file)
    const known = this.#local.get(file)
    let isStale = known?.js !== compiled.js
    const exports = {}
    const module: LocalModule = { js: compiled.js, imports: compiled.imports, exports, namespace: exports }
    if (isStale) this.#local.set(file, module)
    for (const request of compiled.imports)
      if (request.file === undefined) await this.#modules.load(request)
      else if (await this.#loadFile(request.file, looked)) isStale = true
    if (!isStale) return false
    this.#local.set(file, module)
    try {
      await this.#run(file, module, compiled)
    } catch (error) {
      // It has not run: the next cell tries again.
      this.#local.delete(file)
      throw error
    }
    return true
  }

  async #compiled(file: string): Promise<Compiled> {
    const source = String(await readFile(file, "utf8"))
    if (file.endsWith(".json")) {
      const js = `module.exports = ${JSON.stringify(JSON.parse(source))}`
      return { js, awaits: false, imports: [] }
    }
    const compiled = await this.language.compileFile(file)
    if (compiled.problem) {
      const { message, line, column } = compiled.problem
      throw new SyntaxError(`${message} (${relative(this.folder, file)}:${line}:${column})`)
    }
    this.#positions.set(file, new SourcePositions(source, compiled.map, 0, [], compiled.names))
    return { ...compiled, imports: compiled.imports.map(inPage) }
  }

  async #run(file: string, module: LocalModule, { js, awaits, imports }: Compiled): Promise<void> {
    const holder = { exports: module.exports }
    const runtime = {
      ...this.common,
      exports: module.exports,
      module: holder,
      require: Object.assign((specifier: string) => this.require(specifier), { resolve: String, cache: {} }),
      __filename: file,
      __dirname: dirname(file),
      __import: (specifier: string) => this.loaded(specifier, imports),
      __dynamicImport: (specifier: string) => this.import(String(specifier), file),
      __meta: moduleMeta(file),
      __last: undefined,
    } as unknown as Runtime
    const running = moduleFunction(js, file, awaits)(runtime)
    if (awaits) await drive(running as Generator, activityBelow())
    const { exports } = holder
    module.namespace = "__esModule" in exports ? exports : commonJsNamespace(exports)
  }
}

/** The network has one version of a package, whatever folder it is imported from. */
function inPage({ specifier, file }: ImportRequest): ImportRequest {
  return file === undefined ? { specifier } : { specifier, file }
}
