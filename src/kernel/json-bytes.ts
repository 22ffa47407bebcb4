import { randomUUID } from "node:crypto"

/** From here on a text is written by itself: JSON.stringify and the encoder walk over it four times. */
const longText = 65_536

/** A long text is written in pieces of this many UTF-16 units. */
const pieceUnits = 32_768

/** No unit takes more bytes than an escape of six characters. */
const bytesPerUnit = 6

/** Stands for a long text in what JSON.stringify makes; nobody else's text can be equal to it. */
const mark = randomUUID()
const marks = new RegExp(`"${mark}:(\\d+)"`)

const encoder = new TextEncoder()

/** A part of a message as it travels. For long texts TextEncoder takes a fifth of the time of a Buffer. */
export function jsonBytes(dict: object): Uint8Array {
  const long: string[] = []
  const text = JSON.stringify(dict, (_key, value: unknown) => {
    if (typeof value === "bigint") return numberOf(value)
    return typeof value === "string" && value.length >= longText ? `${mark}:${long.push(value) - 1}` : value
  })
  if (long.length === 0) return encoder.encode(text)
  const writer = new Writer(text.length + long.reduce((sum, { length }) => sum + length, 0))
  // Every second part is what the pattern has caught: the number of a long text.
  for (const [i, part] of text.split(marks).entries())
    if (i % 2 === 0) writer.write(part)
    else writer.writeString(long[Number(part)]!)
  return writer.written
}

/** JSON has no BigInt: a number where that is exact, else its digits. */
function numberOf(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}

/** Bytes that grow. */
class Writer {
  #bytes: Uint8Array<ArrayBuffer>
  #words: Int32Array
  #length = 0

  constructor(expected: number) {
    this.#bytes = new Uint8Array(wholeWords(expected + pieceUnits * bytesPerUnit))
    this.#words = new Int32Array(this.#bytes.buffer)
  }

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  write(text: string): void {
    this.#reserve(text.length)
    this.#length += encoder.encodeInto(text, this.#free).written
  }

  /** A string between its quotes: most pieces of most texts need no escape, and are copied as they are. */
  writeString(text: string): void {
    this.write('"')
    for (let from = 0; from < text.length; ) {
      const to = pieceEnd(text, from)
      const piece = text.slice(from, to)
      if (!this.#writePlain(piece)) this.write(JSON.stringify(piece).slice(1, -1))
      from = to
    }
    this.write('"')
  }

  /** Writes a text that is the same in JSON; else nothing, and gives false. */
  #writePlain(text: string): boolean {
    // The encoder would put another character for half of one; JSON.stringify escapes it.
    if (!isWellFormed(text)) return false
    this.#reserve(text.length)
    const from = this.#length
    const to = from + encoder.encodeInto(text, this.#free).written
    // The words at both ends hold bytes of others: those before are looked at one by one, those behind are overwritten.
    const first = Math.ceil(from / 4)
    this.#bytes.fill(space, to, wholeWords(to))
    for (let i = from; i < Math.min(first * 4, to); i++) if (isEscaped(this.#bytes[i]!)) return false
    if (hasEscaped(this.#words, first, wholeWords(to) / 4)) return false
    this.#length = to
    return true
  }

  get #free(): Uint8Array {
    return this.#bytes.subarray(this.#length)
  }

  #reserve(units: number): void {
    const needed = this.#length + units * bytesPerUnit + 4
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(wholeWords(Math.max(needed, this.#bytes.length * 1.5)))
    larger.set(this.written)
    this.#bytes = larger
    this.#words = new Int32Array(larger.buffer)
  }
}

const space = 0x20

function isEscaped(byte: number): boolean {
  return byte < space || byte === 0x22 || byte === 0x5c
}

/**
 * Whether any byte of these words is a control character, a quote or a backslash: four at a time, by the borrow that
 * subtracting takes from a byte's highest bit.
 */
function hasEscaped(words: Int32Array, from: number, to: number): boolean {
  let found = 0
  for (let i = from; i < to; i++) {
    const word = words[i]!
    const quote = word ^ 0x22222222
    const backslash = word ^ 0x5c5c5c5c
    found |=
      ((word - 0x20202020) & ~word) |
      ((quote - 0x01010101) & ~quote) |
      ((backslash - 0x01010101) & ~backslash)
  }
  return (found & 0x80808080) !== 0
}

/** Where a piece ends that begins here: never between the halves of a character. */
function pieceEnd(text: string, from: number): number {
  const to = Math.min(from + pieceUnits, text.length)
  const next = text.charCodeAt(to)
  return next >= 0xdc00 && next <= 0xdfff ? to - 1 : to
}

/** Of ES2024, which Node 20 knows already. */
function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}
