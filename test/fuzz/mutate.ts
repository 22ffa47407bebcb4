import { below, pick, type Random } from "./random.js"

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer

/** Numbers at the edges of what files hold: lengths, dimensions, tags. */
const edges = [0, 1, 127, 128, 255, 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 40, 2 ** 53]

const words = [
  "{",
  "}",
  "<",
  "[",
  "]",
  ":",
  '"',
  "'",
  "\\",
  "#",
  "-",
  "0x",
  "1e999",
  "nan",
  "-inf",
  "4294967295",
  "-2147483648",
  "99999999999999999999",
  "dim: 2147483647 ",
  "num_output: 2147483647 ",
  "kernel_size: 1000000000 ",
  "kernel_size: 0 ",
  "group: 0 ",
  "axis: -9 ",
  "pad: 4294967295 ",
  "stride: 0 ",
  "global_pooling: true ",
  'top: "data" ',
  'bottom: "data" ',
  "layer { ",
  "layers { ",
  'type: "Convolution" ',
  "type: CONVOLUTION ",
  "layer { layer { layer { ",
  "{".repeat(200),
  "a{".repeat(2000),
  "[".repeat(2000),
  '__proto__ { x: "y" } ',
  "constructor: 1 ",
  "toString { } ",
  "hasOwnProperty: 1 ",
  "\0",
  "\ufeff",
  "é",
]

function splice(bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
}

/** A varint of any size; what a length or a dimension is stored as. */
function varint(value: number): Buffer {
  const out: number[] = []
  for (let rest = BigInt(value); ; rest >>= 7n) {
    out.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    if (rest <= 127n) return Buffer.from(out)
  }
}

const mutations: readonly Mutation[] = [
  (bytes, random) => bytes.subarray(0, below(random, bytes.length + 1)),
  (bytes, random) => bytes.subarray(below(random, bytes.length + 1)),
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    for (let n = 1 + below(random, 4); n > 0 && copy.length > 0; n--)
      copy[below(random, copy.length)]! ^= 1 << below(random, 8)
    return copy
  },
  (bytes, random) => {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[below(random, copy.length)] = pick(random, [0, 1, 9, 10, 34, 127, 128, 255])
    return copy
  },
  (bytes, random) => splice(bytes, below(random, bytes.length + 1), below(random, 30), Buffer.alloc(0)),
  (bytes, random) =>
    splice(bytes, below(random, bytes.length + 1), below(random, 2), varint(pick(random, edges))),
  (bytes, random) => splice(bytes, below(random, bytes.length + 1), 0, Buffer.from(pick(random, words))),
  (bytes, random) => {
    const from = below(random, bytes.length + 1)
    const part = bytes.subarray(from, from + below(random, 200))
    return splice(bytes, below(random, bytes.length + 1), 0, part)
  },
  (bytes, random, other) => {
    const from = below(random, other.length + 1)
    const part = other.subarray(from, from + below(random, 400))
    return splice(bytes, below(random, bytes.length + 1), below(random, 100), part)
  },
]

/** Changes that leave most of a text's grammar whole, so that what lies behind the parser is reached. */
const textMutations: readonly Mutation[] = [
  replaced(/-?\d+(?:\.\d+)?/g, (random) => pick(random, [...edges, -1, -5, 0.5, 2, 3, 7, 1e9]).toString()),
  replaced(/"[^"\n]*"/g, (random, own) => pick(random, own)),
  replaced(/(?<=[{\n])/g, (random) => pick(random, words)),
  (bytes, random, other) => {
    const lines = bytes.toString("latin1").split("\n")
    const at = below(random, lines.length)
    const line = pick(random, random() < 0.5 ? lines : other.toString("latin1").split("\n"))
    lines.splice(at, below(random, 2), ...(random() < 0.5 ? [line] : []))
    return Buffer.from(lines.join("\n"), "latin1")
  },
]

/** Puts something else where a pattern matches, once; `own` are all matches of the file. */
function replaced(pattern: RegExp, make: (random: Random, own: string[]) => string): Mutation {
  return (bytes, random) => {
    const found = [...bytes.toString("latin1").matchAll(pattern)]
    if (found.length === 0) return bytes
    const at = pick(random, found)
    const other = make(
      random,
      found.map(([match]) => match),
    )
    return splice(bytes, at.index, at[0].length, Buffer.from(other))
  }
}

/** One random change, at times up to three; `other` is a file to splice pieces of in. */
export function mutate(bytes: Buffer, other: Buffer, random: Random): Buffer {
  let changed = bytes
  for (let n = random() < 0.7 ? 1 : 2 + below(random, 2); n > 0; n--)
    changed = pick(random, mutations)(changed, random, other)
  return Buffer.from(changed)
}

/** The same for text: most changes are to its words and numbers. */
export function mutateText(bytes: Buffer, other: Buffer, random: Random): Buffer {
  if (random() < 0.3) return mutate(bytes, other, random)
  let changed = bytes
  for (let n = random() < 0.6 ? 1 : 2; n > 0; n--)
    changed = pick(random, textMutations)(changed, random, other)
  return changed
}

/** The same for a caffemodel: half of the changes are to one field of one message, all lengths around it made right again. */
export function mutateModel(bytes: Buffer, other: Buffer, random: Random): Buffer {
  if (random() < 0.5) return mutate(bytes, other, random)
  return withField(bytes, random, 0) ?? mutate(bytes, other, random)
}

/** A message with one of its fields changed, or one further in; undefined when the bytes are no message. */
function withField(bytes: Buffer, random: Random, depth: number): Buffer | undefined {
  const fields = fieldsOf(bytes)
  if (fields.length === 0) return undefined
  const { start, from, to, wire } = pick(random, fields)
  const payload = bytes.subarray(from, to)
  const inner = wire === 2 && depth < 6 && random() < 0.85 ? withField(payload, random, depth + 1) : undefined
  if (inner)
    return splice(bytes, start, to - start, Buffer.concat([tagOf(bytes, start), varint(inner.length), inner]))
  const whole = bytes.subarray(start, to)
  const number = varint(pick(random, edges))
  return pick(random, [
    () => splice(bytes, start, to - start, Buffer.alloc(0)),
    () => splice(bytes, start, 0, whole),
    () => splice(bytes, start, to - start, Buffer.concat([varint(8 * (1 + below(random, 200))), number])),
    () =>
      splice(
        bytes,
        start,
        to - start,
        Buffer.concat([tagOf(bytes, start), wire === 0 ? number : Buffer.from([0])]),
      ),
    () => Buffer.concat([bytes, whole]),
  ])()
}

interface Field {
  readonly start: number
  readonly from: number
  readonly to: number
  readonly wire: number
}

/** The fields of a well-formed message; none where the bytes are something else. */
function fieldsOf(bytes: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const number = (): number => {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    return Number.NaN
  }
  while (at < bytes.length) {
    const start = at
    const wire = number() & 7
    let from = at
    if (wire === 0) number()
    else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4
    else if (wire === 2) {
      const length = number()
      from = at
      at += length
    } else return []
    if (!(at <= bytes.length)) return []
    fields.push({ start, from, to: at, wire })
  }
  return fields
}

function tagOf(bytes: Buffer, start: number): Buffer {
  let end = start
  while (bytes[end++]! > 127);
  return bytes.subarray(start, end)
}
