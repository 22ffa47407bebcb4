import protobuf from "protobufjs"
import { PrelabError } from "../error.js"
import type { Layer, Message } from "../net/index.js"
import { type ForkSection, forkSection, forkSections, isForkField, isForkNumber, isUnnamed } from "./forks.js"
import { forkMessageType } from "./schema.js"
import { WireReader } from "./wire.js"

/** A field of a caffemodel's layer. */
export interface LayerField {
  readonly number: number
  readonly wire: number
  /** With its tag, as it stands in the file. */
  readonly whole: Uint8Array
  /** What is behind the tag and the length. */
  readonly payload: Uint8Array
}

/** The fields of a message, as views on its bytes. */
export function fieldsOf(reader: WireReader): LayerField[] {
  const fields: LayerField[] = []
  const { bytes } = reader
  for (let at = reader.next(); at; at = reader.next()) {
    const { number, wire, start, from, to } = at
    fields.push({ number, wire, whole: bytes.subarray(start, to), payload: bytes.subarray(from, to) })
  }
  return fields
}

/** What a field means in a layer of a fork's type. */
export function sectionOf(type: string, { number, wire }: LayerField): ForkSection | undefined {
  return wire === 2 && isForkNumber(number) ? forkSection(type, number) : undefined
}

/**
 * The fork's sections of one layer by their names in text. What a schema lacks is in its section by number: no text can say it, and the
 * layer is not run by mistake.
 *
 * @param warn told of those numbers
 * @throws PrelabError when a section is no message
 */
export function decodeForkSections(
  type: string,
  fields: readonly LayerField[],
  warn: (warning: string) => void,
): Record<string, Message> {
  const messages: Record<string, Message> = {}
  for (const [section, payload] of payloads(type, fields)) {
    const read = decode(section, payload)
    if (read instanceof PrelabError) throw read
    for (const name of Object.keys(read).filter(isUnnamed))
      warn(`unknown field ${name} of ${section.field} kept`)
    messages[section.field] = { ...messages[section.field], ...read }
  }
  return messages
}

/**
 * A layer's fields beyond caffe.proto for a caffemodel: those it was loaded with, byte for byte, and its fork's sections where the
 * message says something else or the file had none.
 */
export function encodeForkFields({ type, message, extra = new Uint8Array() }: Layer): Uint8Array {
  const names = Object.keys(message).filter(
    (name) => isForkField(name) && forkSections(type, name).length > 0,
  )
  if (names.length === 0) return extra
  const fields = fieldsOf(new WireReader(extra))
  const stored = payloads(type, fields)
  const fresh = new Map<ForkSection, Uint8Array>()
  for (const name of names) {
    const section = message[name] as Message
    const before = [...stored.keys()].find(({ field }) => field === name)
    const row = before ?? variantFor(type, name, section)
    const payload = encode(row, section)
    if (before === undefined || isStale(before, stored.get(before)!, payload)) fresh.set(row, payload)
  }
  if (fresh.size === 0) return extra
  const kept = fields.filter((field) => !fresh.has(sectionOf(type, field)!)).map(({ whole }) => whole)
  const added = [...fresh].flatMap(([{ number }, payload]) => [tag(number, payload.length), payload])
  return Buffer.concat([...kept, ...added])
}

/** The variant that has all the message's fields, else the usual one. */
function variantFor(type: string, field: string, message: Message): ForkSection {
  const variants = forkSections(type, field)
  const names = Object.keys(message).filter((name) => !isUnnamed(name))
  const has = ({ message: name }: ForkSection) =>
    names.every((key) => Object.hasOwn(forkMessageType(name).fields, key))
  return variants.find(has) ?? variants[0]!
}

/** Do stored bytes say something else than the message does now? Bytes that cannot be read are nobody's to change. */
function isStale(section: ForkSection, stored: Uint8Array, payload: Uint8Array): boolean {
  const read = decode(section, stored)
  return !(read instanceof PrelabError) && Buffer.compare(encode(section, read), payload) !== 0
}

/** A message that a file holds in several pieces is their concatenation. */
function payloads(type: string, fields: readonly LayerField[]): Map<ForkSection, Uint8Array> {
  const whole = new Map<ForkSection, Uint8Array>()
  for (const field of fields) {
    const section = sectionOf(type, field)
    if (section) whole.set(section, Buffer.concat([whole.get(section) ?? new Uint8Array(), field.payload]))
  }
  return whole
}

function decode({ message, field }: ForkSection, payload: Uint8Array): Message | PrelabError {
  const type = forkMessageType(message)
  try {
    const parts = fieldsOf(new WireReader(payload))
    const isKnown = ({ number, wire }: LayerField) => wiresOf(type.fieldsById[number]).includes(wire)
    const known = Buffer.concat(parts.filter(isKnown).map(({ whole }) => whole))
    const unknown = parts.filter((part) => !isKnown(part))
    return {
      ...type.toObject(type.decode(known), { enums: String, longs: Number }),
      ...Object.fromEntries(unknown.map(({ number, payload }) => [number, payload])),
    }
  } catch (cause) {
    return new PrelabError(`damaged ${field} in caffemodel`, (cause as Error).message, { cause })
  }
}

/** The wire types that a field of a schema may have: another fork's field of that number may have another. */
function wiresOf(field: protobuf.Field | undefined): number[] {
  if (field === undefined) return []
  if (field.resolvedType instanceof protobuf.Type || field.type === "string") return [2]
  return [field.type === "float" ? 5 : 0, ...(field.repeated ? [2] : [])]
}

function encode({ message }: ForkSection, section: Message): Uint8Array {
  const type = forkMessageType(message)
  return type.encode(type.fromObject(section)).finish()
}

function tag(number: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32(number * 8 + 2)
    .uint32(length)
    .finish()
}
