import { writeFileAtomic } from "../formats/write-file.js"
import type { Layer, Message, Net, Value } from "../net/index.js"
import { nameBlobs } from "./name-blobs.js"
import { messageType } from "./schema.js"
import { quote } from "./tokenizer.js"
import { writeCaffeModel } from "./write-model.js"
import { writeLayerText, writeText } from "./write-text.js"

export interface SavedFiles {
  readonly prototxt: string
  readonly caffemodel: string
}

/**
 * Writes `<path>.prototxt` and `<path>.caffemodel`, files that Caffe loads. Layers that no rewrite touched keep their own text, comments
 * and fork fields included. The same net gives the same bytes.
 *
 * @throws PrelabError when a file cannot be written; the old files are then still whole
 */
export async function saveNet(net: Net, path: string): Promise<SavedFiles> {
  const names = nameBlobs(net)
  const files = { prototxt: `${path}.prototxt`, caffemodel: `${path}.caffemodel` }
  const [text, model] = [writePrototxt(net, names), writeCaffeModel(net, names)]
  await writeFileAtomic(files.caffemodel, model)
  await writeFileAtomic(files.prototxt, text)
  return files
}

/** The prototxt of a net. */
export function writePrototxt(net: Net, names: ReadonlyMap<Value, string> = nameBlobs(net)): string {
  const head = net.name ? `name: ${quote(net.name)}\n` : ""
  const rest = writeText(messageType("NetParameter"), net.message)
  return head + rest + net.layers.map((layer) => layerText(layer, names)).join("")
}

function layerText(layer: Layer, names: ReadonlyMap<Value, string>): string {
  const bottoms = layer.bottoms.map((value) => names.get(value)!)
  const tops = layer.tops.map((value) => names.get(value)!)
  const kept = layer.origin?.text
  const same = (values: readonly Value[], now: string[]) => values.every((value, i) => value.blob === now[i])
  if (kept !== undefined && same(layer.bottoms, bottoms) && same(layer.tops, tops))
    return `${kept.trimEnd()}\n`
  const { message, name, type } = layer
  return writeLayerText(explicit(layer, { ...message, name, type, bottom: bottoms, top: tops }))
}

/** States what parsers disagree about: TensorRT takes a Scale without bias_term for one with a bias. */
function explicit({ type }: Layer, message: Message): Message {
  if (type !== "Scale") return message
  return { ...message, scale_param: { bias_term: false, ...(message.scale_param as Message | undefined) } }
}
