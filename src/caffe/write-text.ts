import protobuf from "protobufjs"
import type { Message } from "../net/index.js"
import { EnumWord } from "./enum-word.js"
import { messageType } from "./schema.js"
import { quote } from "./tokenizer.js"

/** A LayerParameter as a `layer { … }` of a prototxt. */
export function writeLayerText(layer: Message): string {
  return `layer {\n${writeText(messageType("LayerParameter"), layer, "  ")}}\n`
}

/**
 * A message in protobuf's text format, fields in the order of their numbers, two spaces an inner level: what Caffe's own
 * `print` writes. Fields that the type does not have (a fork's) come last, under their names.
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
    if (!names.has(name))
      lines.push(...listOf(value).map((each) => line(unknownName(name), undefined, each, indent)))
  }
  return lines.join("")
}

function line(name: string, field: protobuf.Field | undefined, value: unknown, indent: string): string {
  if (typeof value === "object" && value !== null && !(value instanceof EnumWord)) {
    const inner = field?.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined
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
