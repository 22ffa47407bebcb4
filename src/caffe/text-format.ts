import protobuf from "protobufjs"
import { PrelabError } from "../error.js"
import { type Message, nearest } from "../net/index.js"
import { EnumWord } from "./enum-word.js"
import { forkTextType, isForkField } from "./forks.js"
import { type Token, Tokenizer, unquote } from "./tokenizer.js"

/** A field that caffe.proto does not have: a fork's, kept as it stands. */
export interface UnknownField {
  /** Is it a section of proto/forks.proto, read and checked? */
  readonly fork?: true
  /** `layer.convolution_param.hole` */
  readonly path: string
  readonly line: number
  readonly column: number
}

/** One field at the top of the file, with the stretch of text it came from. */
export interface Entry {
  readonly field: string
  readonly value: unknown
  readonly from: number
  readonly to: number
  readonly line: number
  readonly unknown: readonly UnknownField[]
}

export interface ParsedText {
  /** Repeated fields are arrays, enums are names, absent fields are absent. Fork fields are there too, by their names. */
  readonly message: Message
  readonly entries: readonly Entry[]
  readonly unknown: readonly UnknownField[]
}

/**
 * Reads protobuf's text format against a message type of proto/caffe.proto.
 *
 * Sections of a fork's layer type (src/caffe/forks.ts) are read against their own message. Other fields that the type does not have are kept when they look like a fork's: messages and scalars inside layer parameters,
 * anything at the top of the file, `…_param` messages in a layer. A near miss of a known name, or a stray scalar elsewhere, is an error.
 *
 * @throws PrelabError with line and column where libprotobuf reports them
 */
export function parseText(type: protobuf.Type, source: string): ParsedText {
  return new Parser(source).parse(type)
}

/** Deeper nesting than any net has: a hostile file must not exhaust the stack. libprotobuf stops at the same depth. */
const maxDepth = 100

class Parser {
  readonly #tokens: Tokenizer
  #token: Token
  #unknown: UnknownField[] = []
  #depth = 0

  constructor(source: string) {
    this.#tokens = new Tokenizer(source)
    this.#token = this.#tokens.next()
  }

  parse(type: protobuf.Type): ParsedText {
    const message: Record<string, unknown> = {}
    const entries: Entry[] = []
    const unknown: UnknownField[] = []
    let end = 0
    while (this.#token.kind !== "end") {
      this.#unknown = []
      const { from, line } = this.#token
      const { name, values } = this.#field(type, message, "")
      end = this.#lastEnd
      for (const field of this.#unknown) unknown.push(field)
      for (const value of values)
        entries.push({ field: name, value, from, to: end, line, unknown: this.#unknown })
    }
    requireAll(type, message)
    return { message, entries, unknown }
  }

  #lastEnd = 0

  #advance(): Token {
    const token = this.#token
    this.#lastEnd = token.to
    this.#token = this.#tokens.next()
    return token
  }

  #fail(what: string, token = this.#token): never {
    throw new PrelabError(what, token.kind === "end" ? "end of file" : token.text, {
      line: token.line,
      column: token.column,
    })
  }

  #is(text: string): boolean {
    return this.#token.kind === "symbol" && this.#token.text === text
  }

  #skip(text: string): boolean {
    if (!this.#is(text)) return false
    this.#advance()
    return true
  }

  /** One `name: value`, `name { … }` or list, and the separator that may follow. */
  #field(type: protobuf.Type | undefined, message: Record<string, unknown>, path: string) {
    const start = this.#token
    const name = this.#is("[") ? this.#extensionName() : this.#fieldName()
    const field = type && Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
    const fork = field ? undefined : this.#forkType(type, name, message)
    const values = field
      ? this.#known(field, start, path)
      : fork
        ? this.#forkSection(fork, name, start, path)
        : this.#unknownField(type, name, start, path)
    if (fork || (field && !field.repeated)) {
      if (message[name] !== undefined) this.#fail(`field given twice`, start)
      message[name] = values[0]
    } else if (name === "__proto__") this.#fail("field name not allowed", start)
    else for (const value of values) append(message, name, value, field !== undefined)
    if (this.#is(";") || this.#is(",")) this.#advance()
    return { name, values }
  }

  /** The message of a fork's section, where the layer's type has one of this name. */
  #forkType(
    type: protobuf.Type | undefined,
    name: string,
    layer: Record<string, unknown>,
  ): protobuf.Type | undefined {
    if (type?.name !== "LayerParameter" || !isForkField(name)) return undefined
    if (this.#ahead?.layer !== layer) this.#ahead = { layer, type: layer.type ?? this.#typeAhead() }
    return forkTextType(String(this.#ahead.type), name)
  }

  /** The type of the last layer that had a fork's section: one look ahead a layer. */
  #ahead: { readonly layer: object; readonly type: unknown } | undefined

  /** The layer's type where it stands behind the section that it explains. */
  #typeAhead(): string | undefined {
    const tokens = new Tokenizer(this.#tokens.source, this.#token.from, this.#token.line)
    let depth = 0
    for (let token = tokens.next(); token.kind !== "end"; token = tokens.next()) {
      if (token.kind === "symbol" && "{<".includes(token.text)) depth++
      if (token.kind === "symbol" && "}>".includes(token.text) && depth-- === 0) return undefined
      if (depth > 0 || token.text !== "type") continue
      tokens.next()
      const value = tokens.next()
      return value.kind === "string" ? unquote(value) : undefined
    }
    return undefined
  }

  #forkSection(type: protobuf.Type, name: string, start: Token, path: string): Message[] {
    this.#unknown.push({ fork: true, path: path + name, line: start.line, column: start.column })
    this.#skip(":")
    return [this.#message(type, `${path}${name}.`)]
  }

  #fieldName(): string {
    if (this.#token.kind !== "identifier") this.#fail("field name expected")
    return this.#advance().text
  }

  #extensionName(): string {
    this.#advance()
    let name = ""
    while (!this.#is("]")) {
      if (this.#token.kind === "end") this.#fail("] expected")
      name += this.#advance().text
    }
    this.#advance()
    return name
  }

  #known(field: protobuf.Field, start: Token, path: string): unknown[] {
    const inner = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined
    const read = inner ? () => this.#message(inner, `${path}${field.name}.`) : () => this.#scalar(field)
    if (inner) this.#skip(":")
    else this.#colon()
    if (!this.#is("[")) return [read()]
    if (!field.repeated) this.#fail("list for a single field", start)
    return this.#list(read)
  }

  #colon(): void {
    if (!this.#skip(":")) this.#fail(": expected")
  }

  #list(read: () => unknown): unknown[] {
    this.#advance()
    const values: unknown[] = []
    if (this.#skip("]")) return values
    do values.push(read())
    while (this.#skip(","))
    if (!this.#skip("]")) this.#fail(", or ] expected")
    return values
  }

  #message(type: protobuf.Type | undefined, path: string): Message {
    const close = this.#is("{") ? "}" : this.#is("<") ? ">" : undefined
    if (close === undefined) this.#fail("{ expected")
    if (++this.#depth > maxDepth) this.#fail("messages nested too deep")
    this.#advance()
    const message: Record<string, unknown> = {}
    while (!this.#is(close!)) {
      if (this.#token.kind === "end" || this.#is("}") || this.#is(">")) this.#fail(`${close} expected`)
      this.#field(type, message, path)
    }
    const end = this.#advance()
    this.#depth--
    if (type) requireAll(type, message, end)
    return message
  }

  #scalar(field: protobuf.Field): unknown {
    const type = field.resolvedType
    if (type instanceof protobuf.Enum) return this.#enum(type, field)
    if (field.type === "string" || field.type === "bytes") return this.#string()
    if (field.type === "bool") return this.#bool(field)
    if (field.type === "float" || field.type === "double") return this.#float()
    return this.#integer(field.type)
  }

  #string(): string {
    if (this.#token.kind !== "string") this.#fail("string expected")
    let text = ""
    while (this.#token.kind === "string") text += unquote(this.#advance())
    return text
  }

  #bool(field: protobuf.Field): boolean {
    const token = this.#advance()
    if (/^(true|True|t|1)$/.test(token.text)) return true
    if (/^(false|False|f|0)$/.test(token.text)) return false
    // libprotobuf has read the word by now and reports the place behind it.
    const { line, column } = this.#token
    throw new PrelabError(`true or false expected for ${field.name}`, token.text, { line, column })
  }

  #enum(type: protobuf.Enum, field: protobuf.Field): string {
    const token = this.#token
    const name = token.kind === "integer" ? type.valuesById[Number(token.text)] : token.text
    if (name === undefined || !Object.hasOwn(type.values, name)) {
      const hint = nearest(token.text, Object.keys(type.values)) ?? Object.keys(type.values).join(", ")
      throw new PrelabError(`unknown value for ${field.name}`, token.text, {
        line: token.line,
        column: token.column,
        hint: `did you mean ${hint}?`,
      })
    }
    this.#advance()
    return name
  }

  #integer(type: string): number {
    const start = this.#token
    const negative = this.#is("-")
    if (negative && type.startsWith("u")) this.#fail("integer expected", start)
    if (negative) this.#advance()
    if (this.#token.kind !== "integer") this.#fail("integer expected")
    const value = integerOf(this.#token.text)
    const limit =
      type === "uint32"
        ? 2 ** 32 - 1
        : type.endsWith("32")
          ? 2 ** 31 - (negative ? 0 : 1)
          : Number.MAX_SAFE_INTEGER
    if (value > limit) this.#fail("integer out of range")
    this.#advance()
    return negative ? -value : value
  }

  #float(): number {
    const negative = this.#skip("-")
    const token = this.#token
    let value: number
    if (token.kind === "float") value = Number.parseFloat(token.text)
    else if (token.kind === "integer") value = integerOf(token.text)
    else if (/^inf(inity)?f?$/i.test(token.text)) value = Number.POSITIVE_INFINITY
    else if (/^nan$/i.test(token.text)) value = Number.NaN
    else return this.#fail("number expected")
    this.#advance()
    return negative ? -value : value
  }

  /** A fork's field: any value at all, read without a schema. */
  #unknownField(type: protobuf.Type | undefined, name: string, start: Token, path: string): unknown[] {
    const isMessage = this.#is("{") || this.#is("<")
    if (type) this.#judge(type, name, isMessage, start)
    if (type) this.#unknown.push({ path: path + name, line: start.line, column: start.column })
    if (isMessage) return [this.#message(undefined, `${path}${name}.`)]
    this.#colon()
    const read = () =>
      this.#is("{") || this.#is("<") ? this.#message(undefined, `${path}${name}.`) : this.#anyScalar()
    return this.#is("[") ? [this.#list(read)] : [read()]
  }

  /** Is an unknown name a fork's field or a mistake? */
  #judge(type: protobuf.Type, name: string, isMessage: boolean, start: Token): void {
    // One letter away: "bn_param" is two from "mvn_param" and means itself.
    const hint = nearest(name, Object.keys(type.fields), 1)
    const fork =
      type.name === "NetParameter" ||
      (/^(V1)?LayerParameter$/.test(type.name)
        ? isMessage
        : /Parameter$/.test(type.name) && type.name !== "FillerParameter")
    if (fork && hint === undefined) return
    throw new PrelabError(`unknown field in ${type.name}`, name, {
      line: start.line,
      column: start.column,
      ...(hint ? { hint: `did you mean "${hint}"?` } : {}),
    })
  }

  #anyScalar(): unknown {
    if (this.#token.kind === "string") return this.#string()
    if (this.#token.kind === "identifier") {
      const { text } = this.#advance()
      return text === "true" ? true : text === "false" ? false : new EnumWord(text)
    }
    return this.#float()
  }
}

/** Adds to a repeated field in place: files may hold a hundred thousand values. A fork's field is a list from its second value on. */
function append(message: Record<string, unknown>, name: string, value: unknown, repeated: boolean): void {
  const before = Object.hasOwn(message, name) ? message[name] : undefined
  if (Array.isArray(before)) before.push(value)
  else if (repeated) message[name] = [value]
  else message[name] = before === undefined ? value : [before, value]
}

function integerOf(text: string): number {
  if (/^0[xX]/.test(text)) return Number.parseInt(text.slice(2), 16)
  return text.length > 1 && text.startsWith("0") ? Number.parseInt(text, 8) : Number(text)
}

function requireAll(type: protobuf.Type, message: Message, end?: Token): void {
  const missing = type.fieldsArray.find((field) => field.required && message[field.name] === undefined)
  if (missing) {
    throw new PrelabError(
      "required field missing",
      `${type.name}.${missing.name}`,
      end ? { line: end.line, column: end.column } : {},
    )
  }
}
