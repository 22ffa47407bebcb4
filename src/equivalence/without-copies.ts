import { callsOf, type NetCalls } from "../layers/index.js"
import { inputLayer, type Layer, Net, type Value } from "../net/index.js"
import { dropoutFactor } from "./dropout-factor.js"

/** One side of a piece, and the calls that know its layers. */
export interface Side {
  readonly calls: NetCalls
  readonly layers: readonly Layer[]
  /** The net's own layer of each of these. */
  readonly originals: ReadonlyMap<Layer, Layer>
  /** Layers that were left out because they copy. */
  readonly copies: readonly Layer[]
}

/** A side of a piece as it is. */
export function sideOf(calls: NetCalls, layers: readonly Layer[]): Side {
  return { calls, layers, originals: new Map(layers.map((layer) => [layer, layer])), copies: [] }
}

/**
 * A side of a piece without the layers that only copy: Split, and Dropout where it multiplies by 1 (dropout_layer.cpp, TEST). What read a
 * copy reads the original, and what makes a target's original makes the target. A Dropout that multiplies by another constant becomes the
 * Scale that it is.
 *
 * @returns undefined when there is nothing to leave out, or when a target copies one of the bottoms
 */
export function withoutCopies(
  calls: NetCalls,
  layers: readonly Layer[],
  targets: readonly Value[],
): Side | undefined {
  const copies = layers.filter((layer) => layer.type === "Split" || dropoutFactor(calls, layer) === 1)
  const factors = layers.filter((layer) => (dropoutFactor(calls, layer) ?? 1) !== 1)
  if (copies.length + factors.length === 0) return undefined
  const source = new Map<Value, Value>()
  for (const { bottoms, tops } of copies) {
    for (const top of tops) source.set(top, source.get(bottoms[0]!) ?? bottoms[0]!)
  }
  const kept = layers.filter((layer) => !copies.includes(layer))
  const made = new Set(kept.flatMap(({ tops }) => tops))
  const names = new Map<Value, Value>()
  for (const target of targets) {
    const original = source.get(target) ?? target
    if (!made.has(original) || names.has(original)) return undefined
    names.set(original, target)
  }
  const wiredTo = (value: Value) => {
    const original = source.get(value) ?? value
    return names.get(original) ?? original
  }
  const originals = new Map<Layer, Layer>()
  for (const layer of kept) {
    const factor = factors.includes(layer) ? dropoutFactor(calls, layer) : undefined
    const wired = { ...layer, bottoms: layer.bottoms.map(wiredTo), tops: layer.tops.map(wiredTo) }
    originals.set(factor === undefined ? wired : scaleBy(factor, wired, calls), layer)
  }
  const wired = [...originals.keys()]
  return { calls: subnet(calls, wired), layers: wired, originals, copies }
}

/** The Dropout as a Scale of every channel. */
function scaleBy(factor: number, layer: Layer, { shapes }: NetCalls): Layer {
  const shape = shapes.get(layer.tops[0]!)!
  const channels = shape.length > 1 ? shape[1]! : 1
  const message = { scale_param: shape.length > 1 ? { axis: 1 } : { axis: 0, num_axes: 0 } }
  const blob = { shape: shape.length > 1 ? [channels] : [], data: new Float32Array(channels).fill(factor) }
  return { ...layer, type: "Scale", message, blobs: [blob] }
}

/** Some layers of a net as a net of their own: one Input layer for each value that none of them makes. */
export function subnet({ net, shapes }: NetCalls, layers: readonly Layer[]): NetCalls {
  const made = new Set(layers.flatMap(({ tops }) => tops))
  const read = new Set(layers.flatMap(({ bottoms }) => bottoms).filter((value) => !made.has(value)))
  const inputs = [...read].map((value) => inputLayer(value.blob, [value], [shapes.get(value)!]))
  return callsOf(new Net({ name: net.name, state: net.state, layers: [...inputs, ...layers] }))
}
