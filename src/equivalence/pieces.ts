import type { Layer, Net, Value } from "../net/index.js"
import type { Shared } from "./correspond.js"

/** Two short sub-nets between the same shared values: what leads from `bottoms` to `targets` in net a and in net b. */
export interface Piece {
  readonly bottoms: readonly Shared[]
  readonly targets: readonly Shared[]
  readonly layersA: readonly Layer[]
  readonly layersB: readonly Layer[]
}

/**
 * Cuts both nets at their shared values. One piece for every shared value that is computed, in the running order of net a; tops of one
 * layer that are shared with tops of one layer stay together.
 */
export function cut(a: Net, b: Net, shared: readonly Shared[]): Piece[] {
  const toB = new Map(shared.map((pair) => [pair.a, pair]))
  const toA = new Map(shared.map((pair) => [pair.b, pair]))
  const done = new Set<Shared>()
  const pieces: Piece[] = []
  for (const pair of shared) {
    if (done.has(pair) || a.producer(pair.a).type === "Input") continue
    const [layerA, layerB] = [a.producer(pair.a), b.producer(pair.b)]
    const targets = shared.filter((other) => layerA.tops.includes(other.a) && layerB.tops.includes(other.b))
    for (const target of targets) done.add(target)
    const pieceA = above(a, layerA, toB)
    const pieceB = above(b, layerB, toA)
    const bottoms = [...new Set([...pieceA.bottoms, ...pieceB.bottoms])]
    // A value that net b needs before net a has it is no common ground: cut without it.
    const early = bottoms.find((bottom) => a.indexOf(a.producer(bottom.a)) >= a.indexOf(layerA))
    if (early)
      return cut(
        a,
        b,
        shared.filter((other) => other !== early),
      )
    pieces.push({ bottoms, targets, layersA: pieceA.layers, layersB: pieceB.layers })
  }
  return pieces
}

/** The layers from the nearest shared values down to this one. */
function above(
  net: Net,
  last: Layer,
  shared: ReadonlyMap<Value, Shared>,
): { layers: Layer[]; bottoms: Shared[] } {
  const found = new Set([last])
  const bottoms = new Set<Shared>()
  const open = [last]
  for (let layer = open.pop(); layer; layer = open.pop()) {
    for (const bottom of layer.bottoms) {
      const pair = shared.get(bottom)
      if (pair) bottoms.add(pair)
      else {
        const producer = net.producer(bottom)
        if (!found.has(producer)) open.push(producer)
        found.add(producer)
      }
    }
  }
  return { layers: net.layers.filter((layer) => found.has(layer)), bottoms: [...bottoms] }
}
