import type { Debugger } from "node:inspector"
import { basename } from "node:path"
import { pathToFileURL } from "node:url"
import { PrelabError } from "../../error.js"
import type { CellFiles } from "./cell-files.js"
import type { CellSource } from "./cell-source.js"
import type { SetBreakpoint, SourceBreakpoint } from "./dap.js"
import type { MainThread } from "./main-thread.js"
import { literal, readerPlace, type Scripts } from "./scripts.js"

/** A breakpoint of a client, with what became of it. */
export interface Breakpoint {
  id: number
  path: string
  asked: SourceBreakpoint
  /** The line that it is on, which is a later one where the wanted one does nothing. */
  line: number
  verified: boolean
  hits: number
}

interface V8Breakpoint {
  path: string
  place: string
  breakpoints: Breakpoint[]
  /** Whether the thread has been there. */
  reached: boolean
  /** It counts only if the thread has not been at that one, which is the better place for the same line. */
  unless?: V8Breakpoint | undefined
}

/** The breakpoints of all source files, set in every script that was or will be made of them. */
export class Breakpoints {
  readonly #byPath = new Map<string, Breakpoint[]>()
  /** V8's breakpoints with ours that they stand for: two lines may begin at the same place. */
  readonly #byV8Id = new Map<string, V8Breakpoint>()
  #lastId = 0

  constructor(
    readonly main: MainThread,
    readonly scripts: Scripts,
    readonly files: CellFiles,
    readonly moved: (breakpoint: SetBreakpoint) => void,
  ) {}

  /** Replaces the breakpoints of a file. */
  async set(path: string, asked: SourceBreakpoint[]): Promise<SetBreakpoint[]> {
    await this.#remove(path)
    const breakpoints = asked.map((wanted) => this.#make(path, wanted))
    this.#byPath.set(path, breakpoints)
    for (const cell of this.scripts.cellsOf(path)) await this.setIn(cell, false)
    if (isScript(path) && this.scripts.cellsOf(path).length === 0) await this.#setInFile(path, breakpoints)
    return breakpoints.map(describe)
  }

  /** Sets the breakpoints of a cell or a file in a script of it, which need not exist yet. */
  async setIn(cell: CellSource, tell = true): Promise<void> {
    // A file that is compiled anew has no other script that matters.
    if (cell.cell.path !== undefined) await this.#remove(cell.path)
    for (const breakpoint of this.#byPath.get(cell.path) ?? []) {
      const start = cell.startOf(breakpoint.asked.line)
      if (start) this.#moveTo(breakpoint, start.line, tell)
      else this.#refuse(breakpoint, tell)
      if (!start) continue
      const { url } = cell.cell
      const set = await this.#setAt(breakpoint, { url, ...start.place })
      if (start.front) await this.#setAt(breakpoint, { url, ...start.front }, set)
    }
  }

  /** V8 has found the place of a breakpoint, perhaps behind the one it was told. */
  resolved(v8Id: string, location: Debugger.Location): void {
    for (const breakpoint of this.#byV8Id.get(v8Id)?.breakpoints ?? [])
      this.#settle(breakpoint, location, true)
  }

  hit(v8Ids: readonly string[]): Breakpoint[] {
    const reached = v8Ids.flatMap((id) => this.#byV8Id.get(id) ?? [])
    for (const set of reached) set.reached = true
    return reached.flatMap(({ unless, breakpoints }) => (unless?.reached ? [] : breakpoints))
  }

  /** What a client that comes later has to know. */
  list(): { source: string; breakpoints: SourceBreakpoint[] }[] {
    return [...this.#byPath]
      .filter(([, breakpoints]) => breakpoints.length > 0)
      .map(([source, breakpoints]) => ({
        source,
        breakpoints: breakpoints.map(({ asked, line }) => ({ ...asked, line })),
      }))
  }

  /** V8 drops its own when its debugger is switched off. */
  forget(): void {
    this.#byPath.clear()
    this.#byV8Id.clear()
  }

  #make(path: string, asked: SourceBreakpoint): Breakpoint {
    const line = nextCodeLine(this.files.textOf(path), asked.line)
    return {
      id: ++this.#lastId,
      path,
      asked,
      line: line ?? asked.line,
      verified: line !== undefined,
      hits: 0,
    }
  }

  async #remove(path: string): Promise<void> {
    for (const [breakpointId, set] of this.#byV8Id) {
      if (set.path !== path) continue
      this.#byV8Id.delete(breakpointId)
      await this.main.session.post("Debugger.removeBreakpoint", { breakpointId })
    }
  }

  async #setInFile(path: string, breakpoints: Breakpoint[]): Promise<void> {
    const urls = [path, pathToFileURL(path).href].map(literal)
    for (const breakpoint of breakpoints)
      await this.#setAt(breakpoint, {
        urlRegex: `^(?:${urls.join("|")})$`,
        lineNumber: breakpoint.asked.line - 1,
        columnNumber: 0,
      })
  }

  async #setAt(
    breakpoint: Breakpoint,
    where: Debugger.SetBreakpointByUrlParameterType,
    unless?: V8Breakpoint,
  ): Promise<V8Breakpoint> {
    const place = JSON.stringify(where)
    const same = [...this.#byV8Id.values()].find((set) => set.place === place)
    if (same) {
      same.breakpoints.push(breakpoint)
      return same
    }
    const { breakpointId, locations } = await this.main.session.post("Debugger.setBreakpointByUrl", where)
    const set = { path: breakpoint.path, place, breakpoints: [breakpoint], reached: false, unless }
    this.#byV8Id.set(breakpointId, set)
    for (const location of locations) this.#settle(breakpoint, location, false)
    return set
  }

  #settle(
    breakpoint: Breakpoint,
    { scriptId, lineNumber, columnNumber = 0 }: Debugger.Location,
    tell: boolean,
  ): void {
    const script = this.scripts.get(scriptId)
    const place = script && readerPlace(script, { lineNumber, columnNumber })
    if (place) this.#moveTo(breakpoint, place.line, tell)
  }

  #moveTo(breakpoint: Breakpoint, line: number, tell: boolean): void {
    if (breakpoint.line === line && breakpoint.verified) return
    Object.assign(breakpoint, { line, verified: true })
    if (tell) this.moved(describe(breakpoint))
  }

  #refuse(breakpoint: Breakpoint, tell: boolean): void {
    if (!breakpoint.verified) return
    breakpoint.verified = false
    if (tell) this.moved(describe(breakpoint))
  }
}

/** Whether a breakpoint that allows only some of its hits allows this one. */
export function allowsHit({ asked, hits }: Breakpoint): boolean {
  if (!asked.hitCondition) return true
  const match = /^\s*(==|=|>=|>|<=|<|%)?\s*(\d+)\s*$/.exec(asked.hitCondition)
  if (!match)
    throw new PrelabError("hit condition not understood", asked.hitCondition, { hint: "5, > 5 or % 5" })
  const [, operator = ">=", digits] = match
  const count = Number(digits)
  switch (operator) {
    case ">":
      return hits > count
    case "<":
      return hits < count
    case "<=":
      return hits <= count
    case "%":
      return hits % count === 0
    case ">=":
      return hits >= count
    default:
      return hits === count
  }
}

/** A log point's text as an expression that prints it: what is in braces is evaluated. */
export function logExpression(message: string): string {
  const values: string[] = []
  const format = message.replace(/%/g, "%%").replace(/\{([^{}]+)\}/g, (_, expression: string) => {
    values.push(expression.replaceAll("%%", "%"))
    return "%s"
  })
  return `console.log(${[JSON.stringify(format), ...values.map((value) => `(${value})`)].join(", ")})`
}

function describe({ id, path, line, verified }: Breakpoint): SetBreakpoint {
  const source = { name: basename(path), path, sourceReference: 0 }
  return { id, verified, line, source, ...(verified ? {} : { message: "no code on this line or below" }) }
}

/** Whether V8 sees a file as it is written. */
function isScript(path: string): boolean {
  return /\.[cm]?js$/.test(path)
}

/** Before a cell is compiled its text has to do: the next line that is neither empty nor a comment. */
function nextCodeLine(text: string | undefined, line: number): number | undefined {
  const lines = text?.split("\n")
  if (!lines) return line
  const found = lines.findIndex((content, i) => i >= line - 1 && !/^\s*(\/\/.*)?$/.test(content))
  return found < 0 ? undefined : found + 1
}
