import { PrelabError } from "../error.js"
import { once } from "../net/index.js"
import { type FileBlob, readBlob } from "./blob-proto.js"
import { forkSection, isForkNumber } from "./forks.js"
import { type RawPiece, readPieces } from "./model-pieces.js"
import { messageType } from "./schema.js"
import { asInFile, type Move, WireReader } from "./wire.js"

/** A layer of a caffemodel: its blobs. Its other fields the prototxt states. */
export interface ModelLayer {
  readonly name: string
  readonly type: string
  readonly blobs: readonly FileBlob[]
  /**
   * A fork's fields, tags included, as they stand in the file: those that caffe.proto's LayerParameter lacks, and those whose number
   * means something else in a layer of this type.
   */
  readonly extra: Uint8Array
}

export interface CaffeModel {
  readonly name: string
  readonly layers: readonly ModelLayer[]
  /** Everything but the blobs, in the file's order. */
  readonly pieces: () => readonly RawPiece[]
}

/** Where a layer message has its name, type and blobs: LayerParameter, V1LayerParameter and the V0LayerParameter inside that. */
const current = { name: 1, type: 2, blobs: 7, v0: undefined }
const v1 = { name: 4, type: undefined, blobs: 6, v0: 1 }
const v0 = { name: 1, type: 2, blobs: 50, v0: undefined }

type Numbers = typeof current | typeof v1 | typeof v0

/**
 * Reads the blobs of a caffemodel (NetParameter in protobuf's binary format) without copying them. Layers that Caffe added or that
 * only training had (Split, losses, data) are there too.
 *
 * @param movable whether the bytes are the reader's own: then weights are moved into alignment in place
 * @throws PrelabError when the bytes are no caffemodel or end too early
 */
export function readCaffeModel(bytes: Uint8Array, movable = false): CaffeModel {
  refuseHdf5(bytes)
  try {
    const moves: Move[] = []
    const model = readModel(new WireReader(bytes, 0, bytes.length, movable ? moves : undefined))
    if (model.layers.length === 0 && model.name === undefined && bytes.length > 0)
      throw new PrelabError("no layers in caffemodel", describeStart(bytes))
    const pieces = once(() => asInFile(bytes, moves, () => readPieces(bytes)))
    return { ...model, pieces, name: model.name ?? "" }
  } catch (error) {
    if (error instanceof PrelabError && isText(bytes))
      throw new PrelabError("text where a caffemodel is expected", describeStart(bytes), {
        ...textHint(bytes),
        cause: error,
      })
    throw error
  }
}

function readModel(reader: WireReader): { name: string | undefined; layers: ModelLayer[] } {
  const layers: ModelLayer[] = []
  let name: string | undefined
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.wire !== 2) continue
    if (at.number === 1) name = reader.text(at)
    else if (at.number === 100) layers.push(readLayer(reader.inside(at), current))
    else if (at.number === 2) layers.push(readLayer(reader.inside(at), v1))
  }
  return { name, layers }
}

function readLayer(reader: WireReader, numbers: Numbers): ModelLayer {
  let name = ""
  let type = ""
  const blobs: FileBlob[] = []
  const extra: { number: number; bytes: Uint8Array }[] = []
  const known = messageType("LayerParameter").fieldsById
  for (let at = reader.next(); at; at = reader.next()) {
    if (numbers === current && (known[at.number] === undefined || isForkNumber(at.number)))
      extra.push({ number: at.number, bytes: reader.bytes.slice(at.start, at.to) })
    if (at.wire !== 2) continue
    if (at.number === numbers.v0) return readLayer(reader.inside(at), v0)
    if (at.number === numbers.name) name = reader.text(at)
    else if (at.number === numbers.type) type = reader.text(at)
    else if (at.number === numbers.blobs) {
      try {
        blobs.push(readBlob(reader.inside(at)))
      } catch (error) {
        if (!(error instanceof PrelabError)) throw error
        throw new PrelabError(error.what, `${error.value} in blob ${blobs.length} of layer ${name}`)
      }
    }
  }
  const forks = extra.filter(({ number }) => known[number] === undefined || forkSection(type, number))
  return { name, type, blobs, extra: Buffer.concat(forks.map(({ bytes }) => bytes)) }
}

/** What a file that is no caffemodel looks like: an HTML page, a Git LFS pointer, text. */
function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty"
  const start = Buffer.from(bytes.subarray(0, 24)).toString("latin1")
  return `${bytes.length} bytes starting with ${JSON.stringify(start)}`
}

/** Nothing but printable characters at the start: a web page, a prototxt, a pointer. */
function isText(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 64)
  return start.length > 0 && start.every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13))
}

function textHint(bytes: Uint8Array): { hint?: string } {
  const start = Buffer.from(bytes.subarray(0, 256)).toString("latin1")
  if (start.startsWith("version https://git-lfs"))
    return { hint: "it is a Git LFS pointer: run git lfs pull" }
  if (/^\s*<(!doctype|html|head)/i.test(start)) return { hint: "it is a web page: the download failed" }
  if (/^\s*(name|layers?|input|#)/.test(start)) return { hint: "are the two files swapped?" }
  return {}
}

export function isHdf5(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 8)).toString("latin1") === "\x89HDF\r\n\x1a\n"
}

/** @throws PrelabError for the weights that Caffe saves with `snapshot_format: HDF5` */
export function refuseHdf5(bytes: Uint8Array): void {
  if (!isHdf5(bytes)) return
  throw new PrelabError("HDF5 weights not supported", `${bytes.length} bytes`, {
    hint: "save them with snapshot_format: BINARYPROTO",
  })
}
