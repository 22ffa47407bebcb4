import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import type { Dict } from "./dict.js"

interface Entry {
  session: number
  line: number
  input: string
  output?: string
}

type Row = [number, number, string | [string, string | null]]

/** Entries kept when the file is read; older ones are dropped from it. */
const limit = 10_000

/**
 * The cells of this and earlier sessions: one line of JSON per cell in a plain file that all kernels of a user
 * append to. Sessions are numbered by the second they began in.
 */
export class History {
  readonly session = Math.floor(Date.now() / 1000)
  #entries: Entry[] | undefined
  #broken = false

  constructor(
    readonly file: string,
    readonly report: (problem: string) => void,
  ) {}

  add(line: number, input: string, output: string | undefined): void {
    const entry: Entry = { session: this.session, line, input, ...(output === undefined ? {} : { output }) }
    this.#load().push(entry)
    if (this.#broken) return
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
    } catch (error) {
      this.#broken = true
      this.report(`history is not kept: ${error instanceof Error ? error.message : error}`)
    }
  }

  /** Answers a history_request: rows of session, line and input, or input and output. */
  query(request: Dict): Row[] {
    const { hist_access_type: access, output } = request
    const entries = this.#load()
    const found =
      access === "range"
        ? this.#range(entries, request)
        : access === "search"
          ? search(entries, request)
          : tail(entries, request)
    return found.map((e) => [e.session, e.line, output ? [e.input, e.output ?? null] : e.input])
  }

  /** Session 0 is the running one, -1 the one before it. */
  #range(entries: Entry[], { session, start, stop }: Dict): Entry[] {
    const wanted = this.#sessionNumber(entries, Number(session ?? 0))
    const from = Number(start ?? 1)
    const to = stop === undefined || stop === null ? Number.POSITIVE_INFINITY : Number(stop)
    return entries.filter((e) => e.session === wanted && e.line >= from && e.line < to)
  }

  #sessionNumber(entries: Entry[], asked: number): number | undefined {
    if (asked > 0) return asked
    if (asked === 0) return this.session
    const earlier = [...new Set(entries.map((e) => e.session))]
      .filter((s) => s < this.session)
      .sort((a, b) => a - b)
    return earlier.at(asked)
  }

  #load(): Entry[] {
    if (this.#entries) return this.#entries
    this.#entries = []
    if (!existsSync(this.file)) return this.#entries
    try {
      const lines = readFileSync(this.file, "utf8").split("\n").filter(Boolean)
      if (lines.length > limit * 1.2) {
        const shorter = `${this.file}.${process.pid}`
        writeFileSync(shorter, `${lines.slice(-limit).join("\n")}\n`, { mode: 0o600 })
        renameSync(shorter, this.file)
      }
      this.#entries = lines.slice(-limit).flatMap(parse)
    } catch (error) {
      this.report(`history is not readable: ${error instanceof Error ? error.message : error}`)
    }
    return this.#entries
  }
}

/** A line cut off by a crash of its writer is skipped. */
function parse(line: string): Entry[] {
  try {
    const entry = JSON.parse(line) as Entry
    return typeof entry.input === "string" ? [entry] : []
  } catch {
    return []
  }
}

function tail(entries: Entry[], { n }: Dict): Entry[] {
  return last(entries, n)
}

function search(entries: Entry[], { pattern, unique, n }: Dict): Entry[] {
  const matches = globPattern(String(pattern ?? "*"))
  let found = entries.filter((e) => matches.test(e.input))
  if (unique) found = [...new Map(found.map((e) => [e.input, e])).values()].sort(byAge)
  return last(found, n)
}

function byAge(a: Entry, b: Entry): number {
  return a.session - b.session || a.line - b.line
}

function last(entries: Entry[], n: unknown): Entry[] {
  if (n === undefined || n === null) return entries
  return Number(n) > 0 ? entries.slice(-Number(n)) : []
}

/** A shell pattern as SQLite's GLOB has it, which IPython uses: * ? and [...]; it must match the whole cell. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\[[^\]]+\]|[\s\S]/g, (part) => {
    if (part === "*") return "[\\s\\S]*"
    if (part === "?") return "[\\s\\S]"
    if (part.length > 1) return part.replace(/\\/g, "\\\\")
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  })
  return new RegExp(`^${source}$`)
}
