import type { Debugger } from "node:inspector"
import { basename, isAbsolute } from "node:path"
import { fileURLToPath } from "node:url"
import { importerName } from "../run/native-import.js"
import { CellSource, type CompiledSource, type ScriptPlace } from "./cell-source.js"
import type { Source } from "./dap.js"

/** A script that V8 has compiled. */
export interface Script {
  id: string
  url: string
  /** Undefined for scripts that are no cell. */
  cell: CellSource | undefined
  /** Its file, where there is one. */
  path: string | undefined
  /** What V8 calls the first line of its text: cells begin at -1, so that the kernel's own line does not count. */
  startLine: number
  /** The names in scope at places of it, as far as somebody has asked: they never change. */
  names: Map<string, readonly string[]>
}

const packages = "[/\\\\]node_modules[/\\\\]"

/** Of more cells than this the oldest cannot be debugged. */
const keptSources = 2000

/** Every script of the main thread, and which cell or file it is. */
export class Scripts {
  /** Regular expressions of the scripts that readers do not see and that stepping passes over. */
  readonly hidden: string[]
  readonly #scripts = new Map<string, Script>()
  readonly #cellsByUrl = new Map<string, CellSource>()
  readonly #cellsByPath = new Map<string, CellSource[]>()

  constructor(hiddenFolders: readonly string[]) {
    const folders = hiddenFolders.map((url) => `^${literal(url)}`)
    this.hidden = ["^node:", "^prelab:", `[\\\\/]${literal(importerName)}$`, ...folders]
  }

  /** Leaves out packages too: "just my code" in clients. */
  hidePackages(): void {
    if (!this.hidden.includes(packages)) this.hidden.push(packages)
  }

  /**
   * Remembers what was compiled. A cell that runs again is another script with the same source file, of which
   * functions of each run may live on; a file that has changed takes the place of what it was.
   */
  add(cell: CompiledSource, path: string): CellSource {
    const source = new CellSource(cell, path)
    const earlier = cell.path === undefined ? (this.#cellsByPath.get(path) ?? []) : []
    this.#cellsByUrl.set(cell.url, source)
    this.#cellsByPath.set(path, [...earlier, source])
    if (this.#cellsByUrl.size > keptSources) this.#dropOldest()
    return source
  }

  #dropOldest(): void {
    const [oldest] = this.#cellsByUrl.values()
    if (!oldest) return
    this.#cellsByUrl.delete(oldest.cell.url)
    const others = this.cellsOf(oldest.path).filter((source) => source !== oldest)
    if (others.length > 0) this.#cellsByPath.set(oldest.path, others)
    else this.#cellsByPath.delete(oldest.path)
  }

  cellsOf(path: string): readonly CellSource[] {
    return this.#cellsByPath.get(path) ?? []
  }

  parsed({ scriptId: id, url, startLine }: Debugger.ScriptParsedEventDataType): void {
    const cell = this.#cellsByUrl.get(url)
    this.#scripts.set(id, { id, url, cell, path: pathOf(url), startLine, names: new Map() })
  }

  get(id: string): Script | undefined {
    return this.#scripts.get(id)
  }

  forget(): void {
    this.#scripts.clear()
  }

  /** Whether readers see frames of a script: not those of Node, of the kernel, and of evaluated texts. */
  isVisible(script: Script | undefined): script is Script {
    if (!script || script.url === "") return false
    return script.cell !== undefined || !this.hidden.some((pattern) => new RegExp(pattern).test(script.url))
  }

  /** The files that were loaded, without Node's and the kernel's own. */
  files(): (Script & { path: string })[] {
    return [...this.#scripts.values()].filter(
      (script): script is Script & { path: string } => script.path !== undefined && this.isVisible(script),
    )
  }
}

/** Where a place of a script is for the reader; undefined for code that a compiler added. */
export function readerPlace(
  script: Script,
  place: ScriptPlace,
): { line: number; column: number; source: Source } | undefined {
  const { cell, path, url } = script
  if (cell) {
    const origin = cell.originOf(place)
    return origin && { ...origin, source: { name: cell.cell.label, path: cell.path, sourceReference: 0 } }
  }
  const source = path
    ? { name: basename(path), path, sourceReference: 0 }
    : { name: url, sourceReference: Number(script.id) }
  return { line: place.lineNumber + 1, column: place.columnNumber + 1, source }
}

function pathOf(url: string): string | undefined {
  if (url.startsWith("file:")) return fileURLToPath(url)
  return isAbsolute(url) ? url : undefined
}

/** A regular expression for just this text. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
