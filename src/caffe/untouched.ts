import type { Layer, Net, Value } from "../net/index.js"

/** Does the text that a layer was read from still say what the layer is, under these blob names? */
export function isAsRead({ origin, name, type, message, bottoms, tops }: Layer, names: BlobNames): boolean {
  if (origin === undefined) return false
  const { says } = origin
  const isSame = says.name === name && says.type === type && says.message === message
  return isSame && [...bottoms, ...tops].every((value) => names.get(value) === value.blob)
}

/** Are a net's layers those that were read from its files, in their order? Their blobs may hold other values. */
export function isUntouched(net: Net, names: BlobNames): boolean {
  const { text, says } = net.files
  if (text === undefined || says?.name !== net.name || says.message !== net.message) return false
  const read = text().filter(({ is, origin }) => is === "layer" || (is === "input" && origin))
  const origins = [...new Set(read.map(({ origin }) => origin))]
  // Legacy inputs are the first layer, wherever they stand in the file.
  const first = net.layers[0]?.origin
  const inOrder = [
    ...origins.filter((origin) => origin === first),
    ...origins.filter((origin) => origin !== first),
  ]
  return (
    inOrder.length === net.layers.length &&
    net.layers.every((layer, i) => layer.origin === inOrder[i] && isAsRead(layer, names))
  )
}

export type BlobNames = ReadonlyMap<Value, string>
