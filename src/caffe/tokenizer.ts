import { PrelabError } from "../error.js"

export type TokenKind = "identifier" | "integer" | "float" | "string" | "symbol" | "end"

/** A token of protobuf's text format with its place as protobuf reports it. */
export class Token {
  readonly kind: TokenKind
  /** The source text, quotes included. */
  readonly text: string
  /** From 1. */
  readonly line: number
  /** Offsets into the source. */
  readonly from: number
  readonly to: number
  readonly #source: string

  constructor(kind: TokenKind, source: string, line: number, from: number, to: number) {
    this.kind = kind
    this.text = source.slice(from, to)
    this.line = line
    this.from = from
    this.to = to
    this.#source = source
  }

  /** From 1. Only errors ask. */
  get column(): number {
    return columnOf(this.#source, this.from)
  }
}

/** Column of an offset as protobuf counts: a tab jumps to the next multiple of 8. */
function columnOf(source: string, offset: number): number {
  let column = 1
  for (let at = source.lastIndexOf("\n", offset - 1) + 1; at < offset; at++) {
    column += source[at] === "\t" ? 8 - ((column - 1) % 8) : 1
  }
  return column
}

const identifier = /[A-Za-z_][A-Za-z0-9_]*/y
const float = /(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?|\d+[eE][+-]?\d+[fF]?|\d+[fF](?![A-Za-z0-9_])/y
const integer = /0[xX][0-9a-fA-F]+|\d+/y
const symbols = "{}<>[]:;,-/@!$%^&*()+=|~`?."

/** Splits text format into tokens; comments (`#` to the end of the line) and white space separate them. */
export class Tokenizer {
  readonly source: string
  #at: number
  #line: number

  /** @param at where to start, on which line: to look ahead */
  constructor(source: string, at = 0, line = 1) {
    this.source = source
    // Editors on Windows write a byte order mark; protobuf refuses it, nobody means it.
    this.#at = at === 0 && source.charCodeAt(0) === 0xfeff ? 1 : at
    this.#line = line
  }

  next(): Token {
    this.#skipSpace()
    const { source } = this
    const from = this.#at
    if (from >= source.length) return this.#make("end", from)
    const ch = source[from]!
    const word = match(identifier, source, from)
    if (word !== undefined) return this.#make("identifier", word)
    if (ch === '"' || ch === "'") return this.#make("string", this.#stringEnd(from, ch))
    if (ch === "." || (ch >= "0" && ch <= "9")) {
      const fraction = match(float, source, from)
      if (fraction !== undefined) return this.#number("float", fraction)
      const whole = match(integer, source, from)
      if (whole !== undefined) return this.#number("integer", whole)
    }
    if (symbols.includes(ch)) return this.#make("symbol", from + 1)
    const code = source.codePointAt(from)!
    const what = code < 32 || code === 127 ? "control character in text" : "character outside ASCII"
    throw new PrelabError(what, `U+${code.toString(16).toUpperCase().padStart(4, "0")}`, this.#place(from))
  }

  #make(kind: TokenKind, to: number): Token {
    const token = new Token(kind, this.source, this.#line, this.#at, to)
    this.#at = to
    return token
  }

  #place(offset: number): { line: number; column: number } {
    return { line: this.#line, column: columnOf(this.source, offset) }
  }

  /** Checks what the regular expressions let through, as libprotobuf's tokenizer does. */
  #number(kind: "float" | "integer", to: number): Token {
    const token = this.#make(kind, to)
    if (kind === "integer" && /^0\d/.test(token.text) && !/^0[0-7]+$/.test(token.text)) {
      throw new PrelabError("number with leading zero not octal", token.text, this.#place(token.from))
    }
    if (/[A-Za-z_]/.test(this.source[to] ?? "")) {
      throw new PrelabError(
        "space needed between number and name",
        token.text + this.source[to],
        this.#place(to),
      )
    }
    return token
  }

  #skipSpace(): void {
    const { source } = this
    let at = this.#at
    for (;;) {
      const ch = source[at]
      if (ch === "\n") {
        this.#line++
        at++
      } else if (ch === " " || ch === "\t" || ch === "\r" || ch === "\v" || ch === "\f") at++
      else if (ch === "#") {
        const end = source.indexOf("\n", at)
        at = end < 0 ? source.length : end
      } else break
    }
    this.#at = at
  }

  #stringEnd(from: number, quote: string): number {
    const { source } = this
    for (let at = from + 1; at < source.length; at++) {
      const ch = source[at]
      if (ch === quote) return at + 1
      if (ch === "\\" && source[at + 1] !== "\n") at++
      else if (ch === "\n") {
        throw new PrelabError("string crosses the line's end", source.slice(from, at), this.#place(at))
      }
    }
    throw new PrelabError("string without an end", source.slice(from, from + 20), this.#place(source.length))
  }
}

function match(pattern: RegExp, source: string, from: number): number | undefined {
  pattern.lastIndex = from
  return pattern.test(source) ? pattern.lastIndex : undefined
}

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "?": 63,
  "\\": 92,
  "'": 39,
  '"': 34,
}

/** The bytes of a quoted string token as UTF-8 text: C escapes, octal, `\x`, `\u` and `\U`. */
export function unquote(token: Token): string {
  const body = token.text.slice(1, -1)
  if (!body.includes("\\")) return body
  const bytes: number[] = []
  const fail = (at: number): never => {
    throw new PrelabError("invalid escape in string", token.text, {
      line: token.line,
      column: token.column + at + 1,
    })
  }
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== "\\") {
      const code = body.codePointAt(i)!
      bytes.push(...Buffer.from(String.fromCodePoint(code)))
      if (code > 0xffff) i++
      continue
    }
    const ch = body[++i] ?? ""
    const [digits] =
      /^(?:[0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(body.slice(i)) ?? []
    if (ch in escapes) bytes.push(escapes[ch]!)
    else if (digits === undefined) fail(i)
    else {
      i += digits.length - 1
      if (/^[0-7]/.test(digits)) bytes.push(Number.parseInt(digits, 8) & 255)
      else if (/^[xX]/.test(digits)) bytes.push(Number.parseInt(digits.slice(1), 16))
      else {
        const code = Number.parseInt(digits.slice(1), 16)
        if (code > 0x10ffff) fail(i)
        bytes.push(...Buffer.from(String.fromCodePoint(code)))
      }
    }
  }
  return Buffer.from(bytes).toString("utf8")
}

/** A string as text format writes it: printable ASCII and UTF-8 as they are, the rest escaped. */
export function quote(text: string): string {
  const escaped = text.replace(
    /["\\\n\r\t]/g,
    (ch) => ({ "\n": "\\n", "\r": "\\r", "\t": "\\t" })[ch] ?? `\\${ch}`,
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
  return `"${escaped.replace(/[\x00-\x1f\x7f]/g, (ch) => `\\${ch.charCodeAt(0).toString(8).padStart(3, "0")}`)}"`
}
