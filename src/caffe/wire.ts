import { PrelabError } from "../error.js"

/** One field of protobuf's binary format: where its payload lies. For varints `from` is where the value starts. */
export interface WireField {
  number: number
  /** 3 is a group: nothing that Caffe writes, and skipped with all that is in it. */
  wire: 0 | 1 | 2 | 3 | 5
  /** Offset of the tag. */
  start: number
  from: number
  to: number
}

/** Bytes that a value was moved over. */
export interface Move {
  readonly at: number
  readonly original: Uint8Array
}

/** Runs `read` on bytes as they stood in their file: what was moved is out of the way for as long. */
export function asInFile<T>(bytes: Uint8Array, moves: readonly Move[], read: () => T): T {
  const now = moves.map(({ at, original }) => Uint8Array.from(bytes.subarray(at, at + original.length)))
  for (const { at, original } of moves) bytes.set(original, at)
  try {
    return read()
  } finally {
    moves.forEach(({ at }, i) => {
      bytes.set(now[i]!, at)
    })
  }
}

/** libprotobuf's own limit. */
const maxDepth = 100

/**
 * Walks the fields of one message without decoding them, so that 100 MB of weights are stepped over, not read. Every length is
 * checked against the enclosing message before it is used. The returned object is reused by the next call.
 */
export class WireReader {
  readonly bytes: Uint8Array
  /** What a decoder moved inside `bytes`, over fields that were read before; absent where it may move nothing. */
  readonly moves: Move[] | undefined
  readonly view: DataView
  at: number
  readonly end: number
  readonly #field: WireField = { number: 0, wire: 0, start: 0, from: 0, to: 0 }

  constructor(bytes: Uint8Array, from = 0, end = bytes.length, moves?: Move[], view?: DataView) {
    this.bytes = bytes
    this.moves = moves
    this.view = view ?? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = from
    this.end = end
  }

  /** The next field, or undefined at the end of the message. */
  next(): WireField | undefined {
    if (this.at >= this.end) return undefined
    const field = this.#field
    field.start = this.at
    const tag = this.varint()
    field.number = Math.floor(tag / 8)
    const wire = tag % 8
    if (field.number < 1 || field.number > 536_870_911)
      this.#fail("invalid field number", field.number, field.start)
    field.from = this.at
    if (wire === 3) this.#skipGroup(field.number, field.start)
    else field.from = this.#skip(wire, field.start)
    if (this.at > this.end)
      this.#fail(
        "truncated message",
        `field ${field.number} needs ${this.at - this.end} more bytes`,
        field.start,
      )
    field.wire = wire as WireField["wire"]
    field.to = this.at
    return field
  }

  /** Steps over one payload and returns where it starts; the caller checks that it ended in time. */
  #skip(wire: number, start: number): number {
    let from = this.at
    if (wire === 0) this.varint()
    else if (wire === 1) this.at += 8
    else if (wire === 5) this.at += 4
    else if (wire === 2) {
      const length = this.varint()
      from = this.at
      this.at += length
    } else if (wire === 4) this.#fail("group ends that never began", "end tag", start)
    else this.#fail("invalid wire type", wire, start)
    return from
  }

  /** Steps over a group up to its own end tag, through the groups in it. */
  #skipGroup(number: number, start: number): void {
    const open = [number]
    while (open.length > 0) {
      if (this.at >= this.end) this.#fail("truncated message", `group ${number} has no end`, start)
      const at = this.at
      const tag = this.varint()
      const inner = Math.floor(tag / 8)
      if (tag % 8 === 3) {
        if (open.push(inner) > maxDepth) this.#fail("groups nested too deep", maxDepth, at)
      } else if (tag % 8 !== 4) this.#skip(tag % 8, at)
      else if (open.pop() !== inner) this.#fail("group ends that never began", `end tag ${inner}`, at)
    }
  }

  /** An unsigned varint of at most 64 bits, exact up to 2^53. */
  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.end) this.#fail("truncated message", "inside a number", this.at)
      const byte = this.bytes[this.at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
    return this.#fail("number longer than 64 bits", "varint", this.at)
  }

  text(field: WireField): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + field.from, field.to - field.from).toString(
      "utf8",
    )
  }

  inside(field: WireField): WireReader {
    return new WireReader(this.bytes, field.from, field.to, this.moves, this.view)
  }

  #fail(what: string, value: string | number, offset: number): never {
    throw new PrelabError(what, `${value} at byte ${offset}`)
  }
}
