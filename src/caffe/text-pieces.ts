import type { Net, TextPiece } from "../net/index.js"
import { isIncluded } from "./rules.js"
import type { Entry } from "./text-format.js"
import type { FileLayer } from "./upgrade/file-layer.js"
import { writeLayerText } from "./write-text.js"

const inputFields = new Set(["input", "input_dim", "input_shape"])

/**
 * Cuts a prototxt into pieces that make it up again: its fields and what stands between them. Layers of an older format are there in
 * the current one; a byte order mark is not: Caffe refuses it.
 *
 * @param layers the layers of the file after upgrading, of every state
 * @param net those of this state, in the same order
 */
export function textPieces(
  source: string,
  entries: readonly Entry[],
  layers: readonly FileLayer[],
  net: Net,
): TextPiece[] {
  const included = net.layers[Symbol.iterator]()
  const pieceOf = new Map<Entry, TextPiece>()
  for (const { message, entry, upgraded } of layers) {
    if (isIncluded(message, net.state)) {
      const { origin } = included.next().value!
      pieceOf.set(entry!, { is: "layer", text: origin!.text.trimEnd(), origin: origin! })
    } else {
      const text = upgraded ? writeLayerText(message).trimEnd() : source.slice(entry!.from, entry!.to)
      pieceOf.set(entry!, { is: "other layer", text })
    }
  }
  const inputs = pieceOf.get(entries.find(({ field }) => field === "input")!)?.origin
  const pieces: TextPiece[] = []
  const space = (text: string) => {
    if (text !== "") pieces.push({ is: "space", text })
  }
  let at = source.charCodeAt(0) === 0xfeff ? 1 : 0
  for (const entry of entries) {
    const { field, from, to } = entry
    const isRepeated = from < at
    const text = source.slice(from, to)
    if (!isRepeated) space(source.slice(at, from))
    at = to
    if (inputFields.has(field)) {
      if (!isRepeated) pieces.push({ is: "input", text, ...(inputs ? { origin: inputs } : {}) })
    } else if (field === "layer" || field === "layers") {
      // V0 padding layers have gone into others.
      const piece = pieceOf.get(entry)
      if (piece && isRepeated) space("\n")
      if (piece) pieces.push(piece)
    } else if (!isRepeated) pieces.push({ is: kindOf(field), text })
  }
  space(source.slice(at))
  return pieces
}

function kindOf(field: string): TextPiece["is"] {
  if (field === "name") return "name"
  return field === "state" ? "space" : "field"
}
