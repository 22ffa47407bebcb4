import { PrelabError } from "../../error.js"
import type { Message } from "../../net/index.js"
import { type FileLayer, onLine, repeated } from "./file-layer.js"

/**
 * V0 nets pad in a layer of its own. It goes: the convolution or pooling that reads it takes over its pad and its bottom
 * (upgrade_proto.cpp, UpgradeV0PaddingLayers).
 */
export function mergePaddingLayers(layers: readonly FileLayer[]): FileLayer[] {
  const latest = new Map<string, FileLayer>()
  const kept: FileLayer[] = []
  for (const layer of layers) {
    if (typeOf(layer) !== "padding") kept.push(onLine(layer, () => merged(layer, latest)))
    for (const top of repeated<string>(layer.message, "top")) latest.set(top, layer)
  }
  return kept
}

function merged(layer: FileLayer, latest: ReadonlyMap<string, FileLayer>): FileLayer {
  const bottoms = repeated<string>(layer.message, "bottom")
  const padding = bottoms
    .map((bottom) => latest.get(bottom))
    .find((source) => source && typeOf(source) === "padding")
  if (padding === undefined) return layer
  const type = typeOf(layer)
  if (type !== "conv" && type !== "pool") throw new PrelabError("padding before neither conv nor pool", type)
  const from = repeated<string>(padding.message, "bottom")
  const to = repeated<string>(padding.message, "top")
  if (bottoms.length !== 1 || from.length !== 1 || to.length !== 1) {
    throw new PrelabError(
      "padding needs one bottom and top",
      `${[...from, ...to, ...bottoms].join(", ")} in layer ${v0Of(layer).name}`,
    )
  }
  const { pad = 0 } = v0Of(padding)
  return { ...layer, message: { ...layer.message, bottom: from, layer: { ...v0Of(layer), pad } } }
}

function typeOf(layer: FileLayer): string {
  return String(v0Of(layer).type ?? "")
}

function v0Of({ message }: FileLayer): Message {
  return (message.layer as Message | undefined) ?? {}
}
