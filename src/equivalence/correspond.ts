import type { NetCalls } from "../layers/index.js"
import { type Layer, sameShape, type Value } from "../net/index.js"
import { alikeAmong, alikeAnywhere, type Candidate, type Trial } from "./alike.js"
import { isActivation } from "./fold-form.js"
import { cut, type Piece } from "./pieces.js"
import { geometryOf, sameBlobs } from "./same-layer.js"

/** A value of net a and the value of net b that must equal it. */
export interface Shared {
  readonly a: Value
  readonly b: Value
}

/** A piece of more layers has bounds too wide to say much: values are then looked for without their names. */
const LONG = 8

/**
 * Which values two nets have in common: the same object where a rewrite kept it; else inputs and outputs by name, then the bottoms and
 * tops of layers that are the same in both nets, ReLU and PReLU left out, which a factor may have been moved past; then theirs, and the
 * bottoms of layers of one name whose parameters differ, if a forward pass finds them alike; and where that leaves long pieces, any values
 * that this pass finds alike. Every value is paired at most once.
 *
 * @param trial net a's inputs for that forward pass
 */
export async function sharedValues(
  a: NetCalls,
  b: NetCalls,
  trial: ReadonlyMap<Value, Float32Array>,
): Promise<Shared[]> {
  const pairing = new Pairing(a, b)
  for (const value of a.net.values) if (b.net.has(value)) pairing.add(value, value)
  const rewritten = pairing.size > 0
  byName(a.net.inputs, b.net.inputs, pairing)
  byName(a.net.outputs, b.net.outputs, pairing)
  if (rewritten) return pairing.inOrder()
  const unsure: Candidate[] = []
  for (const [layer, other] of namesakes(a, b)) {
    const same = isSame(a, layer, b, other)
    const sure = same && !isActivation(layer)
    const found = (a: Value, b: Value) => {
      if (sure) pairing.add(a, b)
      else unsure.push({ a, b, zeros: same })
    }
    layer.bottoms.forEach((bottom, i) => void found(bottom, other.bottoms[i]!))
    if (same) layer.tops.forEach((top, i) => void found(top, other.tops[i]!))
  }
  const both: Trial = { a: trial, b: pairing.toB(trial) }
  const open = unsure.filter((pair) => pairing.isOpen(pair))
  for (const pair of await alikeAmong(a, b, open, both)) pairing.add(pair.a, pair.b)
  const { left, right } = betweenActivations(cut(a.net, b.net, pairing.inOrder()), pairing)
  if (left.length > 0 && right.length > 0)
    for (const pair of await alikeAnywhere(a, b, left, right, both)) pairing.add(pair.a, pair.b)
  const pieces = cut(a.net, b.net, pairing.inOrder())
  if (pieces.some(({ layersA, layersB }) => Math.max(layersA.length, layersB.length) > LONG)) {
    const [left, right] = pairing.open()
    for (const pair of await alikeAnywhere(a, b, left, right, both)) pairing.add(pair.a, pair.b)
  }
  return pairing.inOrder()
}

/**
 * Where one net has a PReLU and the other its composition, behind layers that differ too: what the PReLU reads, and the values that may be it.
 * A cut there leaves two rewrites that each have their rule.
 */
function betweenActivations(pieces: readonly Piece[], pairing: Pairing): { left: Value[]; right: Value[] } {
  const [openA, openB] = pairing.open().map((values) => new Set(values)) as [Set<Value>, Set<Value>]
  const read = (layers: readonly Layer[]) =>
    layers.filter(({ type }) => type === "PReLU").flatMap(({ bottoms }) => bottoms)
  const made = (layers: readonly Layer[]) => layers.flatMap(({ tops }) => tops)
  const found = pieces.map(({ layersA, layersB }) => {
    const [mine, theirs] = [read(layersA), read(layersB)]
    if (mine.length === theirs.length) return [[], []]
    return mine.length > theirs.length ? [mine, made(layersB)] : [made(layersA), theirs]
  })
  return {
    left: [...new Set(found.flatMap(([values]) => values!))].filter((value) => openA.has(value)),
    right: [...new Set(found.flatMap(([, values]) => values!))].filter((value) => openB.has(value)),
  }
}

/** Pairs as they are found; the first to claim a value keeps it. */
class Pairing {
  readonly #a: NetCalls
  readonly #b: NetCalls
  readonly #pairs = new Map<Value, Value>()
  readonly #taken = new Set<Value>()

  constructor(a: NetCalls, b: NetCalls) {
    this.#a = a
    this.#b = b
  }

  get size(): number {
    return this.#pairs.size
  }

  add(x: Value, y: Value): void {
    if (this.#pairs.has(x) || this.#taken.has(y)) return
    if ((this.#a.net.producer(x).type === "Input") !== (this.#b.net.producer(y).type === "Input")) return
    if (!sameShape(this.#a.shapes.get(x)!, this.#b.shapes.get(y)!)) return
    this.#pairs.set(x, y)
    this.#taken.add(y)
  }

  isOpen({ a, b }: Shared): boolean {
    return !this.#pairs.has(a) && !this.#taken.has(b)
  }

  /** Values without a partner, of either net. */
  open(): [Value[], Value[]] {
    return [
      this.#a.net.values.filter((value) => !this.#pairs.has(value)),
      this.#b.net.values.filter((value) => !this.#taken.has(value)),
    ]
  }

  toB(data: ReadonlyMap<Value, Float32Array>): Map<Value, Float32Array> {
    return new Map(
      [...data].flatMap(([value, array]) =>
        this.#pairs.has(value) ? [[this.#pairs.get(value)!, array]] : [],
      ),
    )
  }

  inOrder(): Shared[] {
    return this.#a.net.values
      .filter((value) => this.#pairs.has(value))
      .map((value) => ({ a: value, b: this.#pairs.get(value)! }))
  }
}

function byName(a: readonly Value[], b: readonly Value[], pairing: Pairing): void {
  for (const value of a) {
    const other = b.find(({ blob }) => blob === value.blob)
    if (other) pairing.add(value, other)
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
