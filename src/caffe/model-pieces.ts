import type { BlobFrame, ModelPiece } from "../net/index.js"
import type { ModelLayer } from "./caffemodel.js"
import { messageType } from "./schema.js"
import { upgradeDataTransform } from "./upgrade/data-transform.js"
import { upgradeV0Layer } from "./upgrade/v0-layer.js"
import { upgradeV1Layer } from "./upgrade/v1-layer.js"
import { type WireField, WireReader } from "./wire.js"

/** A field of a caffemodel as it stands in the file: one of the net's own, or a layer without its blobs. */
export type RawPiece = Uint8Array | RawLayer

interface RawLayer {
  readonly format: "V0" | "V1" | "current"
  /** The fields up to the first blob, and those behind it. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  readonly frames: readonly RawFrame[]
}

/** A blob's fields without its values. */
type RawFrame = Omit<BlobFrame, "values">

/** Fields of BlobProto that hold values: data, double_data, raw_data; and gradients: diff, double_diff, raw_diff. */
const valueFields = new Set([5, 8, 12])
const gradientFields = new Set([6, 9, 13])

const numbers = {
  current: { blobs: 7, v0: undefined },
  V1: { blobs: 6, v0: 1 },
  V0: { blobs: 50, v0: undefined },
} as const

/** Everything but the blobs' values. */
export function readPieces(bytes: Uint8Array): RawPiece[] {
  const reader = new WireReader(bytes)
  const pieces: RawPiece[] = []
  for (let at = reader.next(); at; at = reader.next()) {
    const format =
      at.wire !== 2 ? undefined : at.number === 100 ? "current" : at.number === 2 ? "V1" : undefined
    pieces.push(format ? readRaw(reader, at, format) : bytes.slice(at.start, at.to))
  }
  return pieces
}

function readRaw(outer: WireReader, field: WireField, format: RawLayer["format"]): RawLayer {
  const reader = outer.inside(field)
  const { blobs, v0 } = numbers[format]
  const [before, after]: [Uint8Array[], Uint8Array[]] = [[], []]
  const frames: RawFrame[] = []
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.wire === 2 && at.number === v0) return readRaw(reader, at, "V0")
    if (at.wire === 2 && at.number === blobs) frames.push(readFrame(reader.inside(at)))
    else (frames.length === 0 ? before : after).push(reader.bytes.subarray(at.start, at.to))
  }
  return { format, before: Buffer.concat(before), after: Buffer.concat(after), frames }
}

function readFrame(reader: WireReader): RawFrame {
  const [before, after]: [Uint8Array[], Uint8Array[]] = [[], []]
  let into = before
  for (let at = reader.next(); at; at = reader.next()) {
    if (valueFields.has(at.number)) into = after
    else if (!gradientFields.has(at.number)) into.push(reader.bytes.subarray(at.start, at.to))
  }
  return { before: Buffer.concat(before), after: Buffer.concat(after) }
}

/**
 * What is kept of a caffemodel for writing it back. Of a layer that gave the net its weights, the place and the fields; of one that the net
 * does not have, or that a later one of its name replaces, the blobs too. Of the older formats only the latter are kept, upgraded.
 *
 * @param layers the layers as they were read, in the file's order
 */
export function modelPieces(
  raw: readonly RawPiece[],
  layers: readonly ModelLayer[],
  isInNet: (name: string) => boolean,
): ModelPiece[] {
  const read = layers[Symbol.iterator]()
  const last = new Map(layers.map((layer) => [layer.name, layer]))
  return raw.flatMap((piece): ModelPiece[] => {
    if (piece instanceof Uint8Array) return [piece]
    const layer = read.next().value!
    const { name, blobs } = layer
    const isOwn = isInNet(name) && last.get(name) === layer
    const frames = piece.frames.map((frame, i) => ({ ...frame, values: blobs[i]!.data.length }))
    const fields = { name, frames, before: piece.before, after: piece.after }
    if (isOwn) return piece.format === "current" ? [fields] : [{ name }]
    if (piece.format === "current") return [{ ...fields, blobs }]
    // A layer that holds nothing is not worth its upgrade.
    return blobs.length > 0 ? [{ ...fields, before: upgraded(piece), after: new Uint8Array(), blobs }] : []
  })
}

function upgraded({ format, before, after }: RawLayer): Uint8Array {
  const type = messageType(format === "V0" ? "V0LayerParameter" : "V1LayerParameter")
  const message = type.toObject(type.decode(Buffer.concat([before, after])), { enums: String, longs: Number })
  // What V0 dropped, the net's own layers have been warned about.
  const v1 = format === "V0" ? upgradeV0Layer({ layer: message }, () => undefined) : message
  const current = messageType("LayerParameter")
  return current.encode(current.fromObject(upgradeV1Layer(upgradeDataTransform(v1)))).finish()
}
