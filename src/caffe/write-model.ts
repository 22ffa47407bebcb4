import protobuf from "protobufjs"
import { PrelabError } from "../error.js"
import { callsOf, MissingWeights } from "../layers/index.js"
import type { Blob, BlobFrame, Layer, ModelPiece, ModelPieceOfLayer, Net, Shape } from "../net/index.js"
import { constantOf } from "./fillers.js"
import { encodeForkFields } from "./fork-bytes.js"
import { messageType } from "./schema.js"
import { type BlobNames, isUntouched } from "./untouched.js"
import { WireReader } from "./wire.js"

/**
 * The weights of a net as a caffemodel: NetParameter with one LayerParameter a layer, blobs with `shape` and packed float data, as
 * Net::ToProto writes them. The bytes depend on the net alone.
 *
 * A net whose layers are those of its files comes back as it was, field by field, whatever values its blobs have now. Weights of
 * layers that only the caffemodel had (another phase's) stay in any case.
 */
export function writeCaffeModel(net: Net, names: BlobNames): Uint8Array {
  const { model } = net.files
  return Buffer.concat(
    model && isUntouched(net, names) ? sameModel(net, model(), names) : freshModel(net, names),
  )
}

function freshModel(net: Net, names: BlobNames): Uint8Array[] {
  const stored = storedLayers(net)
  const { first, behind, fields } = besidesOf(net, stored)
  const layers = stored.flatMap((layer) => [
    ...freshLayer(layer, names),
    ...(behind.get(layer.name) ?? []).flatMap(keptLayer),
  ])
  return [stringField(1, net.name), ...fields, ...first.flatMap(keptLayer), ...layers]
}

/** What a rewritten net keeps of its caffemodel: weights of other layers by the layer before them, and a fork's fields. */
function besidesOf({ files }: Net, stored: readonly Layer[]) {
  const model = files.model?.() ?? []
  const first: ModelPieceOfLayer[] = []
  const behind = new Map(stored.map(({ name }): [string, ModelPieceOfLayer[]] => [name, []]))
  const fields: Uint8Array[] = []
  const own = new Set(layersOf(model).map(({ name, blobs }) => (blobs ? undefined : name)))
  let group = first
  for (const piece of model) {
    if (piece instanceof Uint8Array) {
      const { number } = new WireReader(piece).next()!
      if (messageType("NetParameter").fieldsById[number] === undefined) fields.push(piece)
    } else if (piece.blobs === undefined) group = behind.get(piece.name) ?? group
    // One that a later layer of its name replaces is of no use, and layers without weights may tell of a wiring that is no more.
    else if (piece.blobs.length > 0 && !own.has(piece.name)) group.push(piece)
  }
  return { first, behind, fields }
}

function layersOf(model: readonly ModelPiece[]): ModelPieceOfLayer[] {
  return model.filter((piece): piece is ModelPieceOfLayer => !(piece instanceof Uint8Array))
}

function sameModel(net: Net, model: readonly ModelPiece[], names: BlobNames): Uint8Array[] {
  const stored = new Map(storedLayers(net).map((layer, place) => [layer.name, { layer, place }]))
  const own = new Set(layersOf(model).map(({ name, blobs }) => (blobs ? undefined : name)))
  // Layers that got their constants because the file lacks them stand before the next layer that it has.
  const missing = [...stored.values()].filter(({ layer }) => !own.has(layer.name) && layer.blobs.length > 0)
  let done = 0
  const missingBefore = (end: number) => {
    const from = done
    while (done < missing.length && missing[done]!.place < end) done++
    return missing.slice(from, done).flatMap(({ layer }) => freshLayer(layer, names))
  }
  const parts = model.flatMap((piece): Uint8Array[] => {
    if (piece instanceof Uint8Array) return [piece]
    if (piece.blobs) return keptLayer(piece)
    const known = stored.get(piece.name)
    if (known === undefined) return []
    const { layer, place } = known
    const isCurrent = piece.before !== undefined
    return [
      ...missingBefore(place),
      ...(isCurrent ? keptLayer({ ...piece, blobs: layer.blobs }) : freshLayer(layer, names)),
    ]
  })
  return [...parts, ...missingBefore(Number.POSITIVE_INFINITY)]
}

function freshLayer(layer: Layer, names: BlobNames): Uint8Array[] {
  return layerParts(
    encodeHead(layer, names),
    layer.blobs.map((blob) => encodeBlob(blob)),
    encodeForkFields(layer),
  )
}

function keptLayer({
  before = nothing,
  after = nothing,
  blobs = [],
  frames = [],
}: ModelPieceOfLayer): Uint8Array[] {
  return layerParts(
    before,
    blobs.map((blob, i) => encodeBlob(blob, frames[i])),
    after,
  )
}

const nothing = new Uint8Array()

function layerParts(before: Uint8Array, blobs: readonly Encoded[], after: Uint8Array): Uint8Array[] {
  const length = before.length + blobs.reduce((n, { size }) => n + lengthOf(7, size), 0) + after.length
  return [tag(100, length), before, ...blobs.flatMap(({ parts, size }) => [tag(7, size), ...parts]), after]
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

/** All of caffe.proto's fields but the blobs, through protobufjs. */
function encodeHead(layer: Layer, names: BlobNames): Uint8Array {
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

interface Encoded {
  readonly parts: readonly Uint8Array[]
  readonly size: number
}

/** Float data, between the fields that it was read from or before its shape. */
function encodeBlob({ shape, data }: Blob, frame?: BlobFrame): Encoded {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const values = [tag(5, bytes.length), bytes]
  const parts =
    frame?.values === data.length ? [frame.before, ...values, frame.after] : [...values, ...shapeField(shape)]
  return { parts, size: parts.reduce((n, part) => n + part.length, 0) }
}

function shapeField(shape: Shape): Uint8Array[] {
  const { length } = shape
  const dims =
    length === 0
      ? nothing
      : messageType("BlobShape")
          .encode({ dim: [...shape] })
          .finish()
  return [tag(7, dims.length), dims]
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
