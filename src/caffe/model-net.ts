import type protobuf from "protobufjs"
import { PrelabError } from "../error.js"
import type { Message, Net, NetState } from "../net/index.js"
import { wireNet } from "./build-net.js"
import { refuseHdf5 } from "./caffemodel.js"
import { decodeForkSections, fieldsOf, sectionOf } from "./fork-bytes.js"
import { messageType } from "./schema.js"
import { type FileLayer, repeated } from "./upgrade/file-layer.js"
import { upgradeNet } from "./upgrade/upgrade-net.js"
import { type WireField, WireReader } from "./wire.js"

const hint = "give its prototxt too"

/**
 * The net that a caffemodel describes by itself: Caffe stores every layer's parameters and wiring beside its weights. Layers of
 * another phase were left out when it was saved, Split layers are in it. Blobs are not read here.
 *
 * @throws PrelabError when the bytes are damaged, or when an older model names inputs without their shapes
 */
export function netOfModel(bytes: Uint8Array, state: NetState): Net {
  refuseHdf5(bytes)
  const reader = new WireReader(bytes)
  const head: Uint8Array[] = []
  const layers: FileLayer[] = []
  const legacy: FileLayer[] = []
  const warnings: string[] = []
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.number === 100 && at.wire === 2) layers.push({ message: readLayer(reader.inside(at), warnings) })
    else if (at.number === 2 && at.wire === 2)
      legacy.push({ message: decode("V1LayerParameter", withoutV1(reader, at)) })
    else head.push(bytes.subarray(at.start, at.to))
  }
  const message = decode("NetParameter", Buffer.concat(head))
  const inputs = repeated<string>(message, "input")
  const shapes = repeated(message, "input_dim").length + repeated(message, "input_shape").length
  if (inputs.length > 0 && shapes === 0) {
    throw new PrelabError("caffemodel without input shapes", inputs.join(", "), {
      hint: "give its prototxt too",
    })
  }
  const upgraded = upgradeNet(message, layers, legacy)
  // A snapshot of training says TRAIN in every layer; here the net's state decides.
  const stateless = upgraded.layers.map(({ message: { phase: _phase, ...rest } }) => ({ message: rest }))
  try {
    return wireNet(message, stateless, state, [...warnings, ...upgraded.warnings])
  } catch (error) {
    // Older versions of Caffe saved the layers without the net's inputs.
    if (error instanceof PrelabError && error.what === "unknown bottom blob")
      throw new PrelabError(error.what, error.value, { hint })
    throw error
  }
}

/** A layer's message without its blobs. Its type tells a fork's sections, whose numbers may mean something else to Caffe. */
function readLayer(reader: WireReader, warnings: string[]): Message {
  const fields = fieldsOf(reader).filter(({ number }) => number !== 7)
  const text = (wanted: number) =>
    fields.findLast(({ number, wire }) => number === wanted && wire === 2)?.payload
  const [name, type] = [text(1), text(2)].map((bytes) => Buffer.from(bytes ?? []).toString("utf8")) as [
    string,
    string,
  ]
  const plain = fields.filter((field) => sectionOf(type, field) === undefined).map(({ whole }) => whole)
  const warn = (warning: string) => warnings.push(`${warning} (layer ${name})`)
  return { ...decode("LayerParameter", Buffer.concat(plain)), ...decodeForkSections(type, fields, warn) }
}

/** The bytes of a message without the fields of one number: its blobs, which are large and read elsewhere. */
function without(reader: WireReader, field: WireField, number: number): Uint8Array {
  return Buffer.concat(fieldsBut(reader.inside(field), number))
}

/** V0 blobs lie one message deeper. */
function withoutV1(reader: WireReader, field: WireField): Uint8Array {
  const inner = reader.inside(field)
  const parts: Uint8Array[] = []
  for (let at = inner.next(); at; at = inner.next()) {
    if (at.number === 1 && at.wire === 2) {
      const v0 = without(inner, at, 50)
      parts.push(Buffer.from([0x0a, ...varint(v0.length)]), v0)
    } else if (at.number !== 6) parts.push(inner.bytes.subarray(at.start, at.to))
  }
  return Buffer.concat(parts)
}

function fieldsBut(reader: WireReader, number: number): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = reader.next(); at; at = reader.next())
    if (at.number !== number) parts.push(reader.bytes.subarray(at.start, at.to))
  return parts
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

function decode(name: string, bytes: Uint8Array): Message {
  const type: protobuf.Type = messageType(name)
  try {
    return type.toObject(type.decode(bytes), { enums: String, longs: Number })
  } catch (cause) {
    throw new PrelabError(`damaged ${name} in caffemodel`, (cause as Error).message, { cause })
  }
}
