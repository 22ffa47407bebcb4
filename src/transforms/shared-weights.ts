import type { Layer, Net } from "../net/index.js"
import { specsOf } from "./wiring.js"

/** For every layer that shares parameters, by `param { name }` or because it holds the same blob, the others that do. */
export function sharersOf({ layers }: Net): Map<Layer, readonly Layer[]> {
  const holders = new Map<unknown, Layer[]>()
  for (const layer of layers) {
    const names = specsOf(layer).flatMap(({ name }) => (name ? [name] : []))
    for (const key of new Set<unknown>([...names, ...layer.blobs.map(({ data }) => data)])) {
      const held = holders.get(key)
      if (held) held.push(layer)
      else holders.set(key, [layer])
    }
  }
  const sharers = new Map<Layer, Layer[]>()
  for (const held of holders.values()) {
    if (held.length < 2) continue
    for (const layer of held) {
      const known = sharers.get(layer) ?? []
      sharers.set(layer, [...known, ...held.filter((other) => other !== layer && !known.includes(other))])
    }
  }
  return sharers
}
