import { evaluate } from "../equivalence/evaluate.js"
import type { NetCalls } from "../layers/index.js"
import { numberOf, section } from "../layers/param.js"
import { count, type Layer, sameShape, type Value } from "../net/index.js"

/** y = above x for x > 0, y = below x for x < 0, per channel. */
export interface Rays {
  readonly above: Float64Array
  readonly below: Float64Array
}

const bending: ReadonlySet<string> = new Set(["ReLU", "PReLU"])
const parts: ReadonlySet<string> = new Set(["ReLU", "PReLU", "Scale", "Power", "Convolution"])

/**
 * The layers that a sum's bottoms have in common down from one value, if each works on single numbers and one of them bends: a PReLU
 * written as ReLU, factors and Eltwise.
 */
export function composition(
  calls: NetCalls,
  sum: Layer,
): { layers: readonly Layer[]; source: Value } | undefined {
  if (sum.type !== "Eltwise" || sum.bottoms.length !== 2) return undefined
  const { net } = calls
  const [first, second] = sum.bottoms.map((bottom) => {
    const path = [bottom]
    for (let at = bottom; ; path.push(at)) {
      const layer = net.producer(at)
      if (!parts.has(layer.type) || layer.bottoms.length !== 1 || !keepsShape(calls, layer)) return path
      at = layer.bottoms[0]!
    }
  }) as [Value[], Value[]]
  const source = first.find((value) => second.includes(value))
  if (!source || first[0] === second[0]) return undefined
  const inner = [...first.slice(0, first.indexOf(source)), ...second.slice(0, second.indexOf(source))]
  const made = new Set(inner.map((value) => net.producer(value)))
  const layers = [...net.layers.filter((layer) => made.has(layer)), sum]
  const isClosed = inner.every((value) => net.consumers(value).every((reader) => layers.includes(reader)))
  const bends = layers.some(({ type }) => bending.has(type))
  if (!isClosed || !bends || !raysOf(calls, layers)) return undefined
  return { layers, source }
}

/** Works on every number by itself: the same shape, and for a convolution one tap and one channel a group. */
function keepsShape({ shapes }: NetCalls, { type, bottoms, tops, blobs }: Layer): boolean {
  const [bottom, top] = [shapes.get(bottoms[0]!), shapes.get(tops[0]!)]
  if (!bottom || !top || !sameShape(bottom, top)) return false
  return type !== "Convolution" || count(blobs[0]?.shape ?? [2], 1) === 1
}

/**
 * What the layers make of x = 1 and x = -1. Undefined for layers that do not bend, add a constant, or differ within a channel.
 */
export function raysOf(calls: NetCalls, layers: readonly Layer[]): Rays | undefined {
  if (!layers.some(({ type }) => bending.has(type))) return undefined
  const made = new Set(layers.flatMap(({ tops }) => tops))
  const source = layers.flatMap(({ bottoms }) => bottoms).find((value) => !made.has(value))!
  const end = layers.at(-1)!.tops[0]!
  const shape = calls.shapes.get(source)
  if (!shape || shape.length < 2 || layers.some((layer) => calls.problems.has(layer)))
    return layers.length === 1 ? storedRays(layers[0]!) : undefined
  const inner = count(shape, 2)
  const at = (x: number) => {
    const y = evaluate(calls, layers, new Map([[source, new Float32Array(count(shape)).fill(x)]]), [end])
    const data = y.get(end)!
    const channels = Float64Array.from({ length: shape[1]! }, (_, c) => data[c * inner]!)
    const isEven = data.every((value, i) =>
      Object.is(value + 0, channels[Math.floor(i / inner) % shape[1]!]! + 0),
    )
    return isEven ? channels : undefined
  }
  const [above, below, zero] = [at(1), at(-1), at(0)]
  if (!above || !below || !zero || zero.some((y) => y !== 0)) return undefined
  return { above, below: below.map((y) => -y + 0) }
}

/** Where shapes are unknown, from the layer itself: [C] slopes or a single one. */
function storedRays({ type, blobs, message }: Layer): Rays | undefined {
  const below =
    type === "PReLU" ? blobs[0]?.data : [numberOf(section(message, "relu_param"), "negative_slope", 0)]
  if (!below) return undefined
  return { above: new Float64Array(below.length).fill(1), below: Float64Array.from(below) }
}
