import { formatShape, type Layer, type Net, sameShape } from "../../net/index.js"
import type { LayerChange } from "../net-explorer-state.js"
import { layerFields } from "./layer-fields.js"

/** What became of a layer between two nets. */
export interface Changed {
  readonly change: LayerChange
  /** In words, one thing each. */
  readonly changes: readonly string[]
  /** The place of its namesake in the other net. */
  readonly other: number | null
}

/** Holds the layers of two nets against each other, by name: one entry for each layer of either. */
export function netChanges(before: Net, after: Net): [Changed[], Changed[]] {
  const pairs = new Map(after.layers.map((layer, index) => [layer.name, { layer, index }]))
  const names = new Map(before.layers.map(({ name }, index) => [name, index]))
  const words = before.layers.map((layer): Changed => {
    const pair = pairs.get(layer.name)
    if (!pair) return { change: "removed", changes: ["not in the net after the rewrite"], other: null }
    const changes = differences(layer, pair.layer)
    return { change: changes.length > 0 ? "changed" : "same", changes, other: pair.index }
  })
  const others = after.layers.map(({ name }): Changed => {
    const other = names.get(name)
    if (other === undefined)
      return { change: "added", changes: ["not in the net before the rewrite"], other: null }
    return { ...words[other]!, other }
  })
  return [words, others]
}

function differences(a: Layer, b: Layer): string[] {
  if (a === b) return []
  const blobs = (values: Layer["bottoms"]) => values.map(({ blob }) => blob).join(", ") || "(none)"
  return [
    ...told("type", a.type, b.type),
    ...told("bottoms", blobs(a.bottoms), blobs(b.bottoms)),
    ...told("tops", blobs(a.tops), blobs(b.tops)),
    ...fieldDifferences(a, b),
    ...blobDifferences(a, b),
  ]
}

function told(what: string, a: string | undefined, b: string | undefined): string[] {
  return a === b ? [] : [`${what}: ${a ?? "(not stated)"} → ${b ?? "(not stated)"}`]
}

function fieldDifferences(a: Layer, b: Layer): string[] {
  if (a.message === b.message) return []
  const [mine, theirs] = [new Map(layerFields(a.message)), new Map(layerFields(b.message))]
  return [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((path) =>
    told(path, mine.get(path), theirs.get(path)),
  )
}

function blobDifferences(a: Layer, b: Layer): string[] {
  return Array.from({ length: Math.max(a.blobs.length, b.blobs.length) }, (_, i) => {
    const [x, y] = [a.blobs[i], b.blobs[i]]
    if (!x) return [`blob ${i}: added, ${formatShape(y!.shape)}`]
    if (!y) return [`blob ${i}: removed, was ${formatShape(x.shape)}`]
    if (!sameShape(x.shape, y.shape))
      return told(`shape of blob ${i}`, formatShape(x.shape), formatShape(y.shape))
    if (x.data === y.data) return []
    let [count, most] = [0, 0]
    for (let k = 0; k < x.data.length; k++) {
      if (Object.is(x.data[k], y.data[k])) continue
      count++
      most = Math.max(most, Math.abs(x.data[k]! - y.data[k]!))
    }
    if (count === 0) return []
    return [
      `blob ${i}: ${count} of ${x.data.length} values differ, by at most ${Number(most.toPrecision(4))}`,
    ]
  }).flat()
}
