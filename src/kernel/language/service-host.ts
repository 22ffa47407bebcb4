import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"

interface VirtualFile {
  text: string
  snapshot: ts.IScriptSnapshot
  version: number
}

/**
 * The files that TypeScript sees: cells, which exist in memory beside the notebook's own files, and everything on
 * disk. Whatever is installed stays as it was read; the notebook's own files are looked at again.
 */
export class ServiceHost implements ts.LanguageServiceHost {
  readonly #cells = new Map<string, VirtualFile>()
  #roots = new Set<string>()
  #version = 0
  readonly #installed = new Map<string, ts.IScriptSnapshot>()
  #resolutions: ts.ModuleResolutionCache
  readonly #libraries = dirname(ts.getDefaultLibFilePath({}))

  /** @param packages folders whose files do not change while the kernel runs, as those in node_modules do not */
  constructor(
    readonly folder: string,
    public options: ts.CompilerOptions,
    readonly packages: readonly string[] = [],
    readonly extension: ".ts" | ".js" = ".ts",
  ) {
    this.#resolutions = this.#newResolutions()
  }

  fileOf(module: string): string {
    return join(this.folder, `${module}${this.extension}`).replace(/\\/g, "/")
  }

  /** Sets the text of a cell's module, which is checked with all others from now on. */
  set(module: string, text: string): string {
    const file = this.fileOf(module)
    this.keep(module, text)
    if (this.#roots.has(file)) return file
    this.#roots.add(file)
    this.#version++
    return file
  }

  keep(module: string, text: string): void {
    const file = this.fileOf(module)
    const known = this.#cells.get(file)
    if (known?.text === text) return
    const snapshot = ts.ScriptSnapshot.fromString(text)
    this.#cells.set(file, { text, snapshot, version: (known?.version ?? 0) + 1 })
    this.#version++
  }

  drop(module: string): void {
    const file = this.fileOf(module)
    this.#cells.delete(file)
    this.#roots.delete(file)
    this.#version++
  }

  configure(options: ts.CompilerOptions): void {
    this.options = options
    this.refresh()
  }

  /** Forgets where modules were found, and looks at the notebook's own files again. */
  refresh(): void {
    this.#installed.clear()
    this.#resolutions = this.#newResolutions()
    // A file of the same version keeps what it has found.
    for (const cell of this.#cells.values()) cell.version++
    this.#version++
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.folder, (name) => name, this.options)
  }

  /** Without it, the package.json of every file would be looked for and read anew for every cell. */
  getModuleResolutionCache = () => this.#resolutions
  getProjectVersion = () => String(this.#version)
  getScriptFileNames = () => [...this.#roots]
  getCompilationSettings = () => this.options
  getCurrentDirectory = () => this.folder
  getDefaultLibFileName = (options: ts.CompilerOptions) =>
    join(this.#libraries, ts.getDefaultLibFileName(options))

  getScriptVersion = (file: string): string => {
    const cell = this.#cells.get(file)
    if (cell) return String(cell.version)
    if (this.#isInstalled(file)) return "installed"
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats ? `${stats.mtimeMs}:${stats.size}` : "gone"
  }

  #isInstalled(file: string): boolean {
    return file.includes("/node_modules/") || this.packages.some((folder) => file.startsWith(`${folder}/`))
  }

  getScriptSnapshot = (file: string): ts.IScriptSnapshot | undefined => {
    const known = this.#cells.get(file)?.snapshot ?? this.#installed.get(file)
    if (known) return known
    const text = ts.sys.readFile(file)
    if (text === undefined) return undefined
    const snapshot = ts.ScriptSnapshot.fromString(text)
    if (this.#isInstalled(file)) this.#installed.set(file, snapshot)
    return snapshot
  }

  /** Left out, it means no: then TypeScript looks for packages and files in folders with small letters only. */
  useCaseSensitiveFileNames = () => ts.sys.useCaseSensitiveFileNames
  fileExists = (file: string) => this.#cells.has(file) || ts.sys.fileExists(file)
  readFile = (file: string, encoding?: string) =>
    this.#cells.get(file)?.text ?? ts.sys.readFile(file, encoding)
  directoryExists = (folder: string) => ts.sys.directoryExists(folder)
  getDirectories = (folder: string) => ts.sys.getDirectories(folder)
  readDirectory: ts.LanguageServiceHost["readDirectory"] = (...args) => ts.sys.readDirectory(...args)
  realpath = (file: string) => (this.#cells.has(file) ? file : ts.sys.realpath!(file))

  resolveModuleNameLiterals: NonNullable<ts.LanguageServiceHost["resolveModuleNameLiterals"]> = (
    literals,
    containingFile,
    redirected,
    options,
    sourceFile,
  ) =>
    literals.map((literal) =>
      ts.resolveModuleName(
        literal.text,
        containingFile,
        options,
        this,
        this.#resolutions,
        redirected,
        ts.getModeForUsageLocation(sourceFile, literal, options),
      ),
    )
}
