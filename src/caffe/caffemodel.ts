import { PrelabError } from "../error.js"
import { type FileBlob, readBlob } from "./blob-proto.js"
import { WireReader } from "./wire.js"

/** A layer of a caffemodel: its blobs, and its other fields as they stand in the file. */
export interface ModelLayer {
  readonly name: string
  readonly type: string
  readonly blobs: readonly FileBlob[]
}

export interface CaffeModel {
  readonly name: string
  readonly layers: readonly ModelLayer[]
}

/** Field numbers of LayerParameter and V1LayerParameter that matter here. */
const formats = {
  100: { name: 1, type: 2, blobs: 7 },
  2: { name: 4, type: undefined, blobs: 6 },
} as const

/**
 * Reads the blobs of a caffemodel (NetParameter in protobuf's binary format) without copying them. Layers that Caffe added or that
 * only training had (Split, losses, data) are there too.
 *
 * @param movable whether the bytes are the reader's own: then weights are moved into alignment in place
 * @throws PrelabError when the bytes are no caffemodel or end too early
 */
export function readCaffeModel(bytes: Uint8Array, movable = false): CaffeModel {
  const reader = new WireReader(bytes, 0, bytes.length, movable)
  const layers: ModelLayer[] = []
  let name = ""
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.number === 1 && at.wire === 2) name = reader.text(at)
    else if ((at.number === 100 || at.number === 2) && at.wire === 2)
      layers.push(readLayer(reader.inside(at), formats[at.number]))
  }
  if (layers.length === 0) throw new PrelabError("no layers in caffemodel", describeStart(bytes))
  return { name, layers }
}

function readLayer(reader: WireReader, numbers: (typeof formats)[2 | 100]): ModelLayer {
  let name = ""
  let type = ""
  const blobs: FileBlob[] = []
  for (let at = reader.next(); at; at = reader.next()) {
    if (at.wire !== 2) continue
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
  return { name, type, blobs }
}

/** What a file that is no caffemodel looks like: an HTML page, a Git LFS pointer, text. */
function describeStart(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty"
  const start = Buffer.from(bytes.subarray(0, 24)).toString("latin1")
  return `${bytes.length} bytes starting with ${JSON.stringify(start)}`
}
