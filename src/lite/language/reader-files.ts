import { dirname, join } from "pathe"
import ts from "typescript"
import { type Drive, onDrive } from "../drive.js"
import type { DriveEntry } from "../drive-messages.js"
import { fileURLToPath } from "../node/url.js"
import { driveFolder, packageFolder, type Tree } from "../tree.js"
import { driveListings } from "./drive-listings.js"
import { isPath } from "./platform.js"

type Listing = ReadonlyMap<string, DriveEntry>

/** What is known of the drive during one request: each folder is listed once. */
type Look = Map<string, Listing>

/**
 * Copies of the reader's files that cells import, in the tree, where TypeScript reads them without waiting. Each
 * request looks at the drive before TypeScript looks at the tree; one without such an import asks nothing.
 */
export class ReaderFiles {
  /** Copies, with what the drive said of the original. */
  readonly #copies = new Map<string, DriveEntry>()

  constructor(
    readonly drive: Pick<Drive, "ask">,
    readonly tree: Tree,
  ) {}

  /** Copies the tsconfig.json files in a folder and above, and what they extend. */
  async copyConfigs(folder: string): Promise<void> {
    const look: Look = new Map()
    for (let place = folder; onDrive(place) !== undefined; place = dirname(place))
      await this.#copyConfig(join(place, "tsconfig.json"), look)
  }

  /** Copies what a text in `from` imports, and looks again at what has been copied before. */
  async copyImports(text: string, from: string, options: ts.CompilerOptions): Promise<void> {
    const specifiers = importedBy(text, options)
    if (specifiers.length === 0 && this.#copies.size === 0) return
    const look: Look = new Map()
    await this.#list([...this.#copies.keys()].map(dirname), look)
    const seen = new Set<string>()
    for (const file of [...this.#copies.keys()]) await this.#copy(file, { look, seen, options })
    for (const specifier of specifiers) await this.#follow(specifier, from, { look, seen, options })
  }

  /** Copies the module that a specifier leads to. */
  async copyModule(specifier: string, from: string, options: ts.CompilerOptions): Promise<void> {
    if (isOwn(specifier, options))
      await this.#follow(specifier, from, { look: new Map(), seen: new Set(), options })
  }

  /** Copies a file, and what it imports. */
  async copyFile(file: string, options: ts.CompilerOptions): Promise<void> {
    await this.#copy(file, { look: new Map(), seen: new Set(), options })
  }

  async #copyConfig(file: string, look: Look): Promise<void> {
    if (!(await this.#refresh(file, look))) return
    const { config } = ts.readConfigFile(file, () => this.#textOf(file))
    const bases: unknown[] = [(config as { extends?: unknown } | undefined)?.extends].flat()
    for (const base of bases) {
      if (typeof base !== "string" || !isPath(base)) continue
      const path = join(dirname(file), base)
      await this.#copyConfig(path.endsWith(".json") ? path : `${path}.json`, look)
    }
  }

  async #follow(specifier: string, from: string, walk: Walk): Promise<void> {
    for (const file of await this.#candidates(specifier, from, walk)) await this.#copy(file, walk)
  }

  async #copy(file: string, walk: Walk): Promise<void> {
    if (walk.seen.has(file)) return
    walk.seen.add(file)
    if (!(await this.#refresh(file, walk.look)) || !/\.[mc]?[jt]sx?$/.test(file)) return
    for (const specifier of importedBy(this.#textOf(file), walk.options))
      await this.#follow(specifier, file, walk)
  }

  /** Makes the copy what the original is, and says whether there is one. */
  async #refresh(file: string, look: Look): Promise<boolean> {
    const path = onDrive(file)
    if (path === undefined) return false
    await this.#list([dirname(file)], look)
    const entry = entryAt(file, look)
    if (!entry || entry.isFolder) {
      if (this.#copies.delete(file)) this.tree.remove(file)
      return false
    }
    const known = this.#copies.get(file)
    if (known?.changed === entry.changed && known.bytes === entry.bytes) return true
    this.tree.write(file, await this.drive.ask({ op: "read", path }), entry.changed)
    this.#copies.set(file, entry)
    return true
  }

  /** The files that TypeScript, or the cells, may take for a module. TypeScript itself says where it looks. */
  async #candidates(specifier: string, from: string, { look, options }: Walk): Promise<string[]> {
    if (specifier.startsWith("file:")) return [fileURLToPath(specifier)]
    for (;;) {
      const unlisted = new Set<string>()
      const entry = (path: string) => {
        if (onDrive(path) === undefined || path.includes("/node_modules")) return undefined
        if (!look.has(dirname(path))) unlisted.add(dirname(path))
        return entryAt(path, look)
      }
      const manifests: string[] = []
      const host: ts.ModuleResolutionHost = {
        fileExists: (path) => entry(path)?.isFolder === false,
        directoryExists: (path) => path === driveFolder || entry(path)?.isFolder === true,
        readFile: (path) => {
          if (!this.#copies.has(path)) manifests.push(path)
          return this.#copies.has(path) ? this.#textOf(path) : undefined
        },
      }
      const { resolvedModule } = ts.resolveModuleName(specifier, from, options, host)
      for (const path of manifests) await this.#refresh(path, look)
      if (unlisted.size === 0 && manifests.length === 0)
        return withImplementations(resolvedModule?.resolvedFileName ?? join(dirname(from), specifier))
      await this.#list([...unlisted], look)
    }
  }

  /** Learns what is in these folders now. */
  async #list(folders: readonly string[], look: Look): Promise<void> {
    await Promise.all(
      [...new Set(folders)].map(async (folder) => {
        if (look.has(folder)) return
        look.set(folder, new Map())
        const entries = await this.#entriesOf(folder)
        look.set(folder, new Map(entries.map((entry) => [entry.name, entry])))
        driveListings.set(folder, entries)
      }),
    )
  }

  async #entriesOf(folder: string): Promise<DriveEntry[]> {
    try {
      return await this.drive.ask({ op: "list", path: onDrive(folder)! })
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return []
      throw error
    }
  }

  #textOf(file: string): string {
    return new TextDecoder().decode(this.tree.file(file)?.bytes)
  }
}

/** What one request has seen. */
interface Walk {
  look: Look
  seen: Set<string>
  options: ts.CompilerOptions
}

function entryAt(path: string, look: Look): DriveEntry | undefined {
  const folder = dirname(path)
  return look.get(folder)?.get(path.slice(folder.length + 1))
}

/** What a text imports of the reader's own, in whatever way. */
function importedBy(text: string, options: ts.CompilerOptions): string[] {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return importedFiles.map(({ fileName }) => fileName).filter((specifier) => isOwn(specifier, options))
}

/** Whether a module may be the reader's: one that is named by its path, or by a name that a tsconfig gives it. */
function isOwn(specifier: string, { paths = {} }: ts.CompilerOptions): boolean {
  if (isPath(specifier)) return true
  return Object.entries(paths).some(([pattern, targets]) => {
    const [start, end] = pattern.split("*")
    const fits =
      end === undefined ? specifier === pattern : specifier.startsWith(start!) && specifier.endsWith(end)
    return fits && targets.some((target) => !target.startsWith(`${packageFolder}/`))
  })
}

/** A file of declarations describes another one, which is what runs. */
function withImplementations(file: string): string[] {
  const declaration = /\.d\.([cm]?)ts$/.exec(file)
  if (!declaration) return [file]
  const stem = file.slice(0, declaration.index)
  return [file, ...[".js", ".mjs", ".cjs", ".json"].map((extension) => `${stem}${extension}`)]
}
