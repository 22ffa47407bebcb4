import { reference } from "../engines/reference.js"
import type { NetCalls } from "../layers/index.js"
import { type Layer, sameShape, type Value } from "../net/index.js"
import { geometryOf, sameBlobs } from "./same-layer.js"

/** A value of net a and the value of net b that must equal it. */
export interface Shared {
  readonly a: Value
  readonly b: Value
}

/** Largest relative difference at which two values of the same place pass for the same: far above rounding, far below chance. */
const ALIKE = 1e-3

/**
 * Which values two nets have in common: the same object where a rewrite kept it; else inputs and outputs by name, then the bottoms and
 * tops of layers that are the same in both nets; last the bottoms of layers of one name whose parameters differ, if a forward pass
 * finds them alike. Every value is paired at most once.
 *
 * @param trial inputs for that forward pass
 */
export async function sharedValues(
  a: NetCalls,
  b: NetCalls,
  trial: ReadonlyMap<Value, Float32Array>,
): Promise<Shared[]> {
  const pairs = new Map<Value, Value>()
  const taken = new Set<Value>()
  const pair = (x: Value, y: Value) => {
    if (pairs.has(x) || taken.has(y)) return
    if ((a.net.producer(x).type === "Input") !== (b.net.producer(y).type === "Input")) return
    if (!sameShape(a.shapes.get(x) ?? [Number.NaN], b.shapes.get(y) ?? [])) return
    pairs.set(x, y)
    taken.add(y)
  }
  for (const value of a.net.values) if (b.net.has(value)) pair(value, value)
  const rewritten = pairs.size > 0
  byName(a.net.inputs, b.net.inputs, pair)
  byName(a.net.outputs, b.net.outputs, pair)
  if (!rewritten) {
    const unsure: Shared[] = []
    for (const [layer, other] of namesakes(a, b)) {
      const same = isSame(a, layer, b, other)
      layer.bottoms.forEach((bottom, i) => {
        if (same) pair(bottom, other.bottoms[i]!)
        else unsure.push({ a: bottom, b: other.bottoms[i]! })
      })
      if (same) layer.tops.forEach((top, i) => void pair(top, other.tops[i]!))
    }
    const open = unsure.filter((candidate) => !pairs.has(candidate.a) && !taken.has(candidate.b))
    for (const { a: x, b: y } of await alike(a, b, open, trial, pairs)) pair(x, y)
  }
  return a.net.values.filter((value) => pairs.has(value)).map((value) => ({ a: value, b: pairs.get(value)! }))
}

function byName(a: readonly Value[], b: readonly Value[], pair: (x: Value, y: Value) => void): void {
  for (const value of a) {
    const other = b.find(({ blob }) => blob === value.blob)
    if (other) pair(value, other)
  }
}

/** Layers of one name and type with as many bottoms and tops. */
function namesakes(a: NetCalls, b: NetCalls): [Layer, Layer][] {
  const others = new Map(b.net.layers.map((layer) => [layer.name, layer]))
  return a.net.layers.flatMap((layer): [Layer, Layer][] => {
    const other = others.get(layer.name)
    const fits =
      other?.type === layer.type &&
      other.bottoms.length === layer.bottoms.length &&
      other.tops.length === layer.tops.length
    return fits && layer.type !== "Input" ? [[layer, other]] : []
  })
}

function isSame(a: NetCalls, layer: Layer, b: NetCalls, other: Layer): boolean {
  const [call, otherCall] = [a.calls.get(layer)?.call, b.calls.get(other)?.call]
  if (!call || !otherCall) return false
  return (
    geometryOf(layer, call.bottoms) === geometryOf(other, otherCall.bottoms) &&
    sameBlobs(layer.blobs, other.blobs)
  )
}

/** The candidates whose values agree roughly in one forward pass of both nets. */
async function alike(
  a: NetCalls,
  b: NetCalls,
  candidates: readonly Shared[],
  trial: ReadonlyMap<Value, Float32Array>,
  inputs: ReadonlyMap<Value, Value>,
): Promise<Shared[]> {
  if (candidates.length === 0) return []
  const run = async (calls: NetCalls, wanted: Value[], data: ReadonlyMap<Value, Float32Array>) =>
    (await reference.compile(calls, [...new Set(wanted)])).run(data)
  const x = await run(
    a,
    candidates.map((pair) => pair.a),
    trial,
  )
  const forB = new Map(
    [...trial].flatMap(([value, data]) => (inputs.has(value) ? [[inputs.get(value)!, data]] : [])),
  )
  const y = await run(
    b,
    candidates.map((pair) => pair.b),
    forB,
  )
  return candidates.filter((pair) => isAlike(x.get(pair.a)!, y.get(pair.b)!))
}

function isAlike(x: Float32Array, y: Float32Array): boolean {
  if (x.length !== y.length) return false
  let largest = 0
  let difference = 0
  for (let i = 0; i < x.length; i++) {
    largest = Math.max(largest, Math.abs(x[i]!))
    difference = Math.max(difference, Math.abs(x[i]! - y[i]!))
  }
  return difference <= ALIKE * largest
}
