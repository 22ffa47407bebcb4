import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import ts from "typescript"
import { comesFromElsewhere } from "./platform.js"

interface VirtualFile {
  text: string
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
    const known = this.#cells.get(file)
    if (known?.text === text && this.#roots.has(file)) return file
    this.#cells.set(file, { text, version: (known?.version ?? 0) + 1 })
    this.#roots.add(file)
    this.#version++
    return file
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
    this.#resolutions = this.#newResolutions()
    // A file of the same version keeps what it has found.
    for (const cell of this.#cells.values()) cell.version++
    this.#version++
  }

  #newResolutions(): ts.ModuleResolutionCache {
    return ts.createModuleResolutionCache(this.folder, (name) => name, this.options)
  }

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
    const text = this.readFile(file)
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
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
    literals.map((literal) => {
      const found = ts.resolveModuleName(
        literal.text,
        containingFile,
        options,
        this,
        this.#resolutions,
        redirected,
        ts.getModeForUsageLocation(sourceFile, literal, options),
      )
      if (found.resolvedModule || !comesFromElsewhere(literal.text)) return found
      return { ...found, resolvedModule: untyped(literal.text) }
    })
}

/** A package whose JavaScript nobody reads: all that it exports is `any`. */
function untyped(specifier: string): ts.ResolvedModuleFull {
  return {
    resolvedFileName: `/node_modules/${specifier}/index.js`,
    extension: ts.Extension.Js,
    isExternalLibraryImport: true,
  }
}
