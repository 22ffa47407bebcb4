interface Token {
  text: string
  offset: number
}

/** A place in a text, both counted from 1. */
export interface Position {
  line: number
  column: number
}

const tokenPattern = /[\p{L}_$][\p{L}\p{N}_$]*|\d[\w.]*|[^\s\w]/gu

/** Past this many edits the exact alignment takes too much memory, which grows with their square. */
const maxEdits = 3000

/**
 * Says where in a cell a place of its compiled JavaScript comes from. Compiling drops types and adds names, but
 * keeps the rest of the tokens in their order: aligning both token lists gives exact lines without a source map,
 * through any number of rewrites, and costs nothing until an error has to be shown.
 */
export class Positions {
  readonly #compiled: Token[]
  readonly #source: Token[]
  /** For each compiled token the source token it is, or -1. */
  readonly #origin: Int32Array

  constructor(
    readonly source: string,
    readonly compiled: string,
  ) {
    this.#compiled = tokens(compiled)
    this.#source = tokens(source)
    this.#origin = align(
      this.#compiled.map((t) => t.text),
      this.#source.map((t) => t.text),
    )
  }

  /** The source place of a compiled one; undefined where nothing of the line comes from the source. */
  originOf({ line, column }: Position): Position | undefined {
    const offset = offsetOf(this.compiled, line, column)
    const at = this.#compiled.findLastIndex((token) => token.offset <= offset)
    const lineEnd = offsetOf(this.compiled, line + 1, 1)
    for (let i = Math.max(at, 0); i < this.#compiled.length && this.#compiled[i]!.offset < lineEnd; i++)
      if (this.#origin[i]! >= 0) return this.#place(this.#origin[i]!)
    for (let i = at - 1; i >= 0; i--) if (this.#origin[i]! >= 0) return this.#place(this.#origin[i]!)
    return undefined
  }

  #place(index: number): Position {
    const before = this.source.slice(0, this.#source[index]!.offset).split("\n")
    return { line: before.length, column: before.at(-1)!.length + 1 }
  }
}

function tokens(text: string): Token[] {
  return [...text.matchAll(tokenPattern)].map((match) => ({ text: match[0], offset: match.index ?? 0 }))
}

function offsetOf(text: string, line: number, column: number): number {
  let offset = 0
  for (let i = 1; i < line; i++) {
    const end = text.indexOf("\n", offset)
    if (end < 0) return text.length
    offset = end + 1
  }
  return offset + column - 1
}

/** The partner in `b` of each element of `a`, -1 for none. */
function align(a: string[], b: string[]): Int32Array {
  return shortestEdit(a, b) ?? nextAlike(a, b)
}

/** By Myers' shortest edit script (1986); undefined if that takes too many edits. */
function shortestEdit(a: string[], b: string[]): Int32Array | undefined {
  const limit = Math.min(a.length + b.length, maxEdits)
  // How far into `a` each diagonal got, diagonal k at index k + limit + 1.
  const furthest = new Int32Array(2 * limit + 3)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(furthest.slice(limit - edits, limit + edits + 3))
    for (let k = -edits; k <= edits; k += 2) {
      const at = k + limit + 1
      const down = k === -edits || (k !== edits && furthest[at - 1]! < furthest[at + 1]!)
      let x = down ? furthest[at + 1]! : furthest[at - 1]! + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      furthest[at] = x
      if (x >= a.length && x - k >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return undefined
}

/** From both ends back to the start; each trace holds the diagonals -edits - 1 to edits + 1. */
function walkBack(trace: Int32Array[], aLength: number, bLength: number): Int32Array {
  const partner = new Int32Array(aLength).fill(-1)
  let x = aLength
  let y = bLength
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const before = trace[edits]!
    const at = x - y + edits + 1
    const down = at === 1 || (at !== 2 * edits + 1 && before[at - 1]! < before[at + 1]!)
    const fromX = edits === 0 ? 0 : before[down ? at + 1 : at - 1]!
    const fromY = edits === 0 ? 0 : fromX - (x - y) - (down ? 1 : -1)
    while (x > fromX && y > fromY) partner[--x] = --y
    x = fromX
    y = fromY
  }
  return partner
}

/** Each element's next equal within reach: mostly right where most is kept, and quick for any length. */
function nextAlike(a: string[], b: string[], reach = 200): Int32Array {
  let next = 0
  return Int32Array.from(a, (text) => {
    const found = b.indexOf(text, next)
    if (found < 0 || found > next + reach) return -1
    next = found + 1
    return found
  })
}
