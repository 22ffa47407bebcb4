import protobuf from "protobufjs"
import type { Layer, Message } from "../net/index.js"
import { EnumWord } from "./enum-word.js"
import { forkTextType, isForkField, isUnnamed } from "./forks.js"
import { messageType } from "./schema.js"
import { quote } from "./tokenizer.js"
import { type BlobNames, isAsRead } from "./untouched.js"

/** A LayerParameter as a `layer { … }` of a prototxt. */
export function writeLayerText(layer: Message): string {
  return `layer {\n${writeText(messageType("LayerParameter"), layer, "  ")}}\n`
}

/** A layer of a net: the text that it was read from where that still holds, else written anew. */
export function layerText(layer: Layer, names: BlobNames): string {
  if (isAsRead(layer, names)) return `${layer.origin!.text.trimEnd()}\n`
  const { message, name, type } = layer
  const bottom = layer.bottoms.map((value) => names.get(value)!)
  const top = layer.tops.map((value) => names.get(value)!)
  return writeLayerText(explicit(layer, { ...message, name, type, bottom, top }))
}

/** States what parsers disagree about: TensorRT takes a Scale without bias_term for one with a bias. */
function explicit({ type }: Layer, message: Message): Message {
  if (type !== "Scale") return message
  return { ...message, scale_param: { bias_term: false, ...(message.scale_param as Message | undefined) } }
}

/**
 * A message in protobuf's text format, fields in the order of their numbers, two spaces an inner level: what Caffe's own
 * `print` writes. Fields that the type does not have (a fork's) come last, under their names; those of proto/forks.proto with its enums.
 */
export function writeText(type: protobuf.Type | undefined, message: Message, indent = ""): string {
  const known = [...(type?.fieldsArray ?? [])]
    .sort((a, b) => a.id - b.id)
    .filter(({ name }) => message[name] !== undefined)
  const names = new Set(known.map(({ name }) => name))
  const lines = known.flatMap((field) =>
    listOf(message[field.name]).map((value) => line(field.name, field, value, indent)),
  )
  for (const [name, value] of Object.entries(message)) {
    // libprotobuf prints fields without a name by number, and does not read them.
    if (names.has(name) || isUnnamed(name)) continue
    const fork = isForkField(name) ? forkTextType(String(message.type), name) : undefined
    lines.push(...listOf(value).map((each) => line(unknownName(name), undefined, each, indent, fork)))
  }
  return lines.join("")
}

function line(
  name: string,
  field: protobuf.Field | undefined,
  value: unknown,
  indent: string,
  fork?: protobuf.Type,
): string {
  if (typeof value === "object" && value !== null && !(value instanceof EnumWord)) {
    const inner = field?.resolvedType instanceof protobuf.Type ? field.resolvedType : fork
    return `${indent}${name} {\n${writeText(inner, value as Message, `${indent}  `)}${indent}}\n`
  }
  return `${indent}${name}: ${scalar(field, value)}\n`
}

function scalar(field: protobuf.Field | undefined, value: unknown): string {
  if (typeof value === "number") return number(field?.type === "float" ? shortestFloat(value) : value)
  if (typeof value === "boolean") return String(value)
  const isEnum = value instanceof EnumWord || field?.resolvedType instanceof protobuf.Enum
  return isEnum ? String(value) : quote(String(value))
}

function number(value: number): string {
  return Number.isNaN(value) ? "nan" : Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf"
}

/** The shortest decimal that reads back as the same float32: 0.1, not 0.10000000149011612. */
export function shortestFloat(value: number): number {
  const float = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(float.toPrecision(digits))
    if (Math.fround(short) === float) return short
  }
  return float
}

function unknownName(name: string): string {
  return name.includes(".") ? `[${name}]` : name
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
