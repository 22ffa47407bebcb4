import protobuf from "protobufjs"
import { PrelabError } from "../error.js"
import { callsOf, MissingWeights } from "../layers/index.js"
import type { Blob, Layer, Net, Value } from "../net/index.js"
import { constantOf } from "./fillers.js"
import { messageType } from "./schema.js"

/**
 * The weights of a net as a caffemodel: NetParameter with one LayerParameter a layer, blobs with `shape` and packed float data, as
 * Net::ToProto writes them. The bytes depend on the net alone.
 */
export function writeCaffeModel(net: Net, names: ReadonlyMap<Value, string>): Uint8Array {
  const parts: Uint8Array[] = [stringField(1, net.name)]
  for (const layer of storedLayers(net)) {
    const head = encodeHead(layer, names)
    const blobs = layer.blobs.map(encodeBlob)
    const { extra = new Uint8Array() } = layer
    const length = head.length + blobs.reduce((n, { size }) => n + lengthOf(7, size), 0) + extra.length
    parts.push(tag(100, length), head)
    for (const { parts: inner, size } of blobs) parts.push(tag(7, size), ...inner)
    parts.push(extra)
  }
  return Buffer.concat(parts)
}

/**
 * Layers that a caffemodel can hold. One whose weights are missing stays out: with no blobs in the file Caffe would refuse it. So does a
 * later layer of a name: Caffe would give its weights to the first.
 */
function storedLayers(net: Net): Layer[] {
  const { problems } = callsOf(net)
  const names = new Set<string>()
  return net.layers.filter((layer) => {
    if (problems.get(layer) instanceof MissingWeights) return false
    if (!names.has(layer.name)) return names.add(layer.name)
    const lost = layer.blobs.some(({ data }, i) => data.some((value) => value !== constantOf(layer, i)))
    if (lost) throw new PrelabError("two layers with one name", layer.name, { hint: "rename one of them" })
    return false
  })
}

/** All fields but the blobs, through protobufjs; a fork's fields, which it does not know, stay in the prototxt. */
function encodeHead(layer: Layer, names: ReadonlyMap<Value, string>): Uint8Array {
  const type = messageType("LayerParameter")
  const { include: _include, exclude: _exclude, ...message } = layer.message
  return type
    .encode(
      type.fromObject({
        ...message,
        name: layer.name,
        type: layer.type,
        bottom: layer.bottoms.map((value) => names.get(value)!),
        top: layer.tops.map((value) => names.get(value)!),
      }),
    )
    .finish()
}

function encodeBlob({ shape, data }: Blob): { parts: Uint8Array[]; size: number } {
  const dims = messageType("BlobShape")
    .encode({ dim: [...shape] })
    .finish()
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const parts = [tag(5, bytes.length), bytes, tag(7, dims.length), dims]
  return { parts, size: parts.reduce((n, part) => n + part.length, 0) }
}

function stringField(number: number, text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8")
  return Buffer.concat([tag(number, bytes.length), bytes])
}

/** Tag and length of a length-delimited field. */
function tag(number: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32(number * 8 + 2)
    .uint32(length)
    .finish()
}

function lengthOf(number: number, size: number): number {
  return tag(number, size).length + size
}
