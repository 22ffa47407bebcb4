import type { Message } from "../../net/index.js"

/** A message as the fields that a prototxt would state, one by one: `["convolution_param.kernel_size", "3"]`. */
export function layerFields(message: Message): [string, string][] {
  return Object.entries(message).flatMap(([name, value]) => fieldsOf(name, value))
}

/** The same as the text between a layer's braces. Words in capitals are taken for enums, other ones for strings. */
export function prototxtOf(message: Message, indent = ""): string {
  return Object.entries(message)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, each] as const))
    .map(([name, value]) =>
      isMessage(value)
        ? `${indent}${name} {\n${prototxtOf(value, `${indent}  `)}${indent}}\n`
        : `${indent}${name}: ${quoted(value)}\n`,
    )
    .join("")
}

function quoted(value: unknown): string {
  return typeof value === "string" && !/^[A-Z][A-Z0-9_]*$/.test(value) ? JSON.stringify(value) : text(value)
}

/** Words of enums are objects of their own class. */
function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function fieldsOf(path: string, value: unknown): [string, string][] {
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each !== "object")) return [[path, value.map(text).join(", ")]]
    return value.flatMap((each, i) => fieldsOf(`${path}[${i}]`, each))
  }
  if (isMessage(value))
    return Object.entries(value).flatMap(([name, inner]) => fieldsOf(`${path}.${name}`, inner))
  return [[path, text(value)]]
}

/** A number that is a float32 in as few digits as say which: 0.1, not 0.10000000149011612. */
function text(value: unknown): string {
  if (typeof value !== "number" || Math.fround(value) !== value) return String(value)
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(value)
}
