import { randomUUID } from "node:crypto"
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname } from "node:path"
import type { Dict } from "./dict.js"

interface Entry {
  /** The kernel that ran it: kernels that run at the same time share the file. */
  session: string
  line: number
  input: string
  output?: string
}

type Row = [session: number, line: number, input: string | [input: string, output: string | null]]

/** Entries kept when the file is read; older ones are dropped from it. */
const limit = 10_000

/**
 * The cells of this and earlier sessions: one line of JSON per cell in a plain file that all kernels of a user
 * append to. Sessions are numbered from 1 in the order in which they appear there.
 */
export class History {
  readonly session = randomUUID() as string
  readonly #entries: Entry[] = []
  readonly #numbers = new Map<string, number>()
  #readUntil = 0
  #isBroken = false

  constructor(
    readonly file: string,
    readonly report: (problem: string) => void,
  ) {}

  add(line: number, input: string, output: string | undefined): void {
    const entry: Entry = { session: this.session, line, input, ...(output === undefined ? {} : { output }) }
    // Numbers follow the order in the file.
    if (this.#readUntil === 0) this.#read()
    this.#keep(entry)
    if (this.#isBroken) return
    try {
      mkdirSync(dirname(this.file), { recursive: true })
      appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 })
    } catch (error) {
      this.#isBroken = true
      this.report(`history is not kept: ${error instanceof Error ? error.message : error}`)
    }
  }

  /** Answers a history_request: rows of session, line and input, or input and output. */
  query(request: Dict): Row[] {
    this.#read()
    const found = this.#find(request)
    return found.map(({ session, line, input, output }) => [
      this.#numberOf(session),
      line,
      request.output === true ? [input, output ?? null] : input,
    ])
  }

  #find(request: Dict): Entry[] {
    switch (request.hist_access_type) {
      case "range":
        return this.#range(request)
      case "search":
        return search(this.#entries, request)
      default:
        return last(this.#entries, request.n)
    }
  }

  /** Session 0 is the running one, -1 the one before it. */
  #range({ session, start, stop }: Dict): Entry[] {
    const own = this.#numberOf(this.session)
    const asked = Number(session ?? 0)
    const wanted = asked > 0 ? asked : own + asked
    const from = Number(start ?? 1)
    const to = Number(stop ?? Number.POSITIVE_INFINITY)
    return this.#entries.filter(
      (entry) => this.#numberOf(entry.session) === wanted && entry.line >= from && entry.line < to,
    )
  }

  #keep(entry: Entry): void {
    this.#numberOf(entry.session)
    this.#entries.push(entry)
  }

  #numberOf(session: string): number {
    const number = this.#numbers.get(session) ?? this.#numbers.size + 1
    this.#numbers.set(session, number)
    return number
  }

  /** Takes in what has been written since the last time, by other kernels too. */
  #read(): void {
    try {
      const text = textBehind(this.file, this.#readUntil)
      const isFirst = this.#readUntil === 0
      this.#readUntil = text.end
      const lines = text.bytes.toString().split("\n").filter(Boolean)
      for (const entry of lines.slice(-limit).flatMap(parse)) {
        if (entry.session !== this.session) this.#keep(entry)
      }
      if (isFirst && lines.length > limit * 1.2) this.#shorten(lines.slice(-limit))
    } catch (error) {
      this.report(`history is not readable: ${error instanceof Error ? error.message : error}`)
    }
  }

  #shorten(lines: string[]): void {
    const shorter = `${this.file}.${process.pid}`
    writeFileSync(shorter, `${lines.join("\n")}\n`, { mode: 0o600 })
    renameSync(shorter, this.file)
    this.#readUntil = statSync(this.file).size
  }
}

/** What stands behind a position of a file; nothing where another kernel has shortened it meanwhile. */
function textBehind(file: string, start: number): { bytes: Buffer; end: number } {
  if (!existsSync(file)) return { bytes: Buffer.alloc(0), end: 0 }
  const descriptor = openSync(file, "r")
  try {
    const end = fstatSync(descriptor).size
    const bytes = Buffer.alloc(Math.max(0, end - start))
    const length = readSync(descriptor, bytes, 0, bytes.length, start)
    return { bytes: bytes.subarray(0, length), end }
  } finally {
    closeSync(descriptor)
  }
}

/** A line cut off by a crash of its writer is skipped. Earlier versions named sessions by a number. */
function parse(line: string): Entry[] {
  try {
    const entry = JSON.parse(line) as Entry
    return typeof entry.input === "string" ? [{ ...entry, session: String(entry.session) }] : []
  } catch {
    return []
  }
}

/** Of equal inputs only the newest, with `unique`. */
function search(entries: Entry[], { pattern, unique, n }: Dict): Entry[] {
  const matches = globPattern(String(pattern ?? "*"))
  const found = entries.filter((entry) => matches.test(entry.input))
  const newest = new Map(found.map((entry) => [entry.input, entry]))
  return last(unique === true ? found.filter((entry) => newest.get(entry.input) === entry) : found, n)
}

function last(entries: Entry[], n: unknown): Entry[] {
  if (n === undefined || n === null) return entries
  return Number(n) > 0 ? entries.slice(-Number(n)) : []
}

const never = /(?!)/

/** A shell pattern as SQLite's GLOB has it, which IPython uses: * ? and [...]; it must match the whole cell. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\[[^\]]+\]|[\s\S]/gu, (part) => {
    if (part === "*") return "[\\s\\S]*"
    if (part === "?") return "[\\s\\S]"
    if (part.startsWith("[") && part.length > 1) return `[${part.slice(1, -1).replace(/[\\[]/g, "\\$&")}]`
    return part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  })
  try {
    return new RegExp(`^${source}$`, "u")
  } catch {
    // Such as [z-a]: a range that nothing is in.
    return never
  }
}
