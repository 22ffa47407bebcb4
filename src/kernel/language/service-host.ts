import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { type CellExtension, fileNameOf } from "./cell-language.js"
import { GlobalSources } from "./global-sources.js"
import { comesFromElsewhere } from "./platform.js"

interface VirtualFile {
  snapshot: ts.IScriptSnapshot
  text: string
  version: number
}

/** In every program: what earlier cells, and what they imported, declare for all modules. */
const globalsModule = "__globals"

/**
 * The files that TypeScript sees: cells, which exist in memory beside the notebook's own files, and everything on
 * disk. Whatever is installed stays as it was read; the notebook's own files are looked at again. Several services
 * share them, each with the modules of its own in its program.
 */
export class ServiceHost {
  readonly #cells = new Map<string, VirtualFile>()
  readonly #globals = new GlobalSources()
  /** TypeScript asks for the text of every file of a program when one of them has changed. */
  readonly #installed = new Map<string, ts.IScriptSnapshot>()
  readonly #documents = ts.createDocumentRegistry()
  #version = 0
  #resolutions: ts.ModuleResolutionCache
  readonly #libraries = dirname(ts.getDefaultLibFilePath({}))

  /** @param packages folders whose files do not change while the kernel runs, as those in node_modules do not */
  constructor(
    readonly folder: string,
    public options: ts.CompilerOptions,
    readonly packages: readonly string[] = [],
    readonly extension: CellExtension = ".ts",
  ) {
    this.#resolutions = this.#newResolutions()
  }

  /**
   * @param modules those of the program, by their names. It also has all that they import, and takes ten times as long
   *   to put together when they are others than before
   */
  serviceOf(modules: ReadonlySet<string>): ts.LanguageService {
    const getScriptFileNames = () => [
      ...[...modules, globalsModule].map((name) => this.fileOf(name)).filter((file) => this.#cells.has(file)),
      ...this.#globals.files.filter((file) => !this.#cells.has(file)),
    ]
    return ts.createLanguageService({ ...this.#host, getScriptFileNames }, this.#documents)
  }

  /** The name under which the text of a cell is read: it says whether that may be JSX. */
  get cellFile(): string {
    return `cell${this.extension}`
  }

  fileOf(module: string): string {
    return join(this.folder, fileNameOf(module, this.extension)).replace(/\\/g, "/")
  }

  /** Whether cells import one another, or the hub, by it. */
  isCell(specifier: string): boolean {
    return specifier.startsWith("./") && this.#cells.has(this.fileOf(specifier.slice(2)))
  }

  textOf(module: string): string | undefined {
    return this.#cells.get(this.fileOf(module))?.text
  }

  /** Sets the text of a cell's module. */
  set(module: string, text: string): string {
    const file = this.fileOf(module)
    const known = this.#cells.get(file)
    if (known?.text === text) return file
    const snapshot = ts.ScriptSnapshot.fromString(text)
    this.#cells.set(file, { snapshot, text, version: (known?.version ?? 0) + 1 })
    this.#version++
    return file
  }

  /** Sets the text of a cell's module whose global declarations all later cells see. */
  keep(module: string, text: string): void {
    this.set(module, text)
    const { importedFiles } = ts.preProcessFile(text, true, this.extension === ".js")
    const imported = importedFiles.map(({ fileName }) => fileName)
    this.#globals.add(
      module,
      text,
      imported.filter((specifier) => !this.isCell(specifier)),
    )
    this.set(globalsModule, this.#globals.text)
  }

  drop(module: string): void {
    if (this.#cells.delete(this.fileOf(module))) this.#version++
    this.#globals.drop(module)
    this.set(globalsModule, this.#globals.text)
  }

  /**
   * Leaves out of all programs what kept cells imported and nobody needs. Says whether programs are others than before.
   *
   * @param program one with all of it
   */
  narrow(program: ts.Program): boolean {
    if (!this.#globals.narrow(program)) return false
    this.set(globalsModule, this.#globals.text)
    return true
  }

  configure(options: ts.CompilerOptions): void {
    this.options = options
    this.refresh()
  }

  /** Forgets where modules were found, and looks at the notebook's own files again. */
  refresh(): void {
    this.#installed.clear()
    this.#globals.widen()
    if (this.textOf(globalsModule) !== undefined) this.set(globalsModule, this.#globals.text)
    this.#resolutions = this.#newResolutions()
    // A file of the same version keeps what it has found.
    for (const cell of this.#cells.values()) cell.version++
    this.#version++
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.folder, (name) => name, this.options)
  }

  /** All of a service's host but what is in its program. */
  readonly #host: Omit<ts.LanguageServiceHost & ts.ModuleResolutionHost, "getScriptFileNames"> &
    Pick<ts.CompilerHost, "getModuleResolutionCache"> = {
    getProjectVersion: () => String(this.#version),
    getCompilationSettings: () => this.options,
    getCurrentDirectory: () => this.folder,
    getDefaultLibFileName: (options) => join(this.#libraries, ts.getDefaultLibFileName(options)),
    getScriptVersion: (file) => this.#versionOf(file),
    getScriptSnapshot: (file) => this.#snapshotOf(file),
    // Left out, it means no: then TypeScript looks for packages and files in folders with small letters only.
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    fileExists: (file) => this.#cells.has(file) || ts.sys.fileExists(file),
    readFile: (file: string, encoding?: string) =>
      this.#cells.get(file)?.text ?? ts.sys.readFile(file, encoding),
    directoryExists: (folder) => ts.sys.directoryExists(folder),
    getDirectories: (folder) => ts.sys.getDirectories(folder),
    readDirectory: (...args) => ts.sys.readDirectory(...args),
    realpath: (file) => (this.#cells.has(file) ? file : ts.sys.realpath!(file)),
    resolveModuleNameLiterals: (literals, from, redirected, options, sourceFile) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(sourceFile, literal, options)
        const cache = this.#resolutions
        const found = ts.resolveModuleName(literal.text, from, options, this.#host, cache, redirected, mode)
        if (found.resolvedModule || !comesFromElsewhere(literal.text)) return found
        return { ...found, resolvedModule: untyped(literal.text) }
      }),
    // Left out, the package.json of every file of a program is looked for and read whenever one has changed.
    getModuleResolutionCache: () => this.#resolutions,
  }

  #versionOf(file: string): string {
    const cell = this.#cells.get(file)
    if (cell) return String(cell.version)
    if (this.#isInstalled(file)) return "installed"
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats ? `${stats.mtimeMs}:${stats.size}` : "gone"
  }

  #snapshotOf(file: string): ts.IScriptSnapshot | undefined {
    const known = this.#cells.get(file)?.snapshot ?? this.#installed.get(file)
    if (known) return known
    const text = ts.sys.readFile(file)
    if (text === undefined) return undefined
    const snapshot = ts.ScriptSnapshot.fromString(text)
    if (this.#isInstalled(file)) this.#installed.set(file, snapshot)
    return snapshot
  }

  #isInstalled(file: string): boolean {
    return file.includes("/node_modules/") || this.packages.some((folder) => file.startsWith(`${folder}/`))
  }
}

/** A package whose JavaScript nobody reads: all that it exports is `any`. */
function untyped(specifier: string): ts.ResolvedModuleFull {
  return {
    resolvedFileName: `/node_modules/${specifier}/index.js`,
    extension: ts.Extension.Js,
    isExternalLibraryImport: true,
  }
}
