import { writeTogether } from "../formats/write-together.js"
import type { Net } from "../net/index.js"
import { nameBlobs } from "./name-blobs.js"
import { messageType } from "./schema.js"
import { quote } from "./tokenizer.js"
import type { BlobNames } from "./untouched.js"
import { writeCaffeModel } from "./write-model.js"
import { writePieces } from "./write-pieces.js"
import { layerText, writeText } from "./write-text.js"

export interface SavedFiles {
  readonly prototxt: string
  readonly caffemodel: string
}

/**
 * Writes `<path>.prototxt` and `<path>.caffemodel`, files that Caffe loads. A net that nothing touched comes back byte for byte, but for
 * what its format requires: V0 and V1 files are upgraded, a byte order mark and stored gradients go, values become packed
 * float32, layers that share a blob hold the same values, and a layer that the caffemodel lacked is there with its constants.
 *
 * Of a rewritten net all that the rewrite left alone keeps its text, comments and fork fields included. Layers of other phases
 * and stages stay in the prototxt, weights that only they have in the caffemodel; whether those phases still mean the same is
 * not checked. The same net gives the same bytes.
 *
 * @throws PrelabError when a file cannot be written; the old files are then still whole
 */
export async function saveNet(net: Net, path: string): Promise<SavedFiles> {
  const names = nameBlobs(net)
  const files = { prototxt: `${path}.prototxt`, caffemodel: `${path}.caffemodel` }
  const [text, model] = [writePrototxt(net, names), writeCaffeModel(net, names)]
  await writeTogether(path, { ".caffemodel": model, ".prototxt": text })
  return files
}

/** The prototxt of a net. */
export function writePrototxt(net: Net, names: BlobNames = nameBlobs(net)): string {
  if (net.files.text) return writePieces(net, net.files.text(), names)
  const head = net.name ? `name: ${quote(net.name)}\n` : ""
  const rest = writeText(messageType("NetParameter"), net.message)
  return head + rest + net.layers.map((layer) => layerText(layer, names)).join("")
}
