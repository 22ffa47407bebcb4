import type { Layer, Net, Value } from "../../net/index.js"
import { layerKind } from "./layer-kind.js"

/** Layers that can be drawn as one box. */
export interface NetGroup {
  readonly kind: "stack" | "block"
  readonly name: string
  /** Places in running order. */
  readonly layers: readonly number[]
  /** How many other blocks have the same layers in the same wiring. */
  readonly alike: number
}

/** Types that belong to the layer before them wherever they are its only reader, in place or not. */
const follows = new Set(["BatchNorm", "BN", "Scale", "Bias"])

/**
 * Every layer with what follows it in its place: convolution, batch norm, scale and PReLU are one stack. A layer joins the stack of the
 * one before where nobody else reads that one's only top.
 *
 * @returns all layers' places in running order, in one stack each
 */
export function stacksOf(net: Net): number[][] {
  const stacks: number[][] = []
  const stackOf = new Map<Layer, number[]>()
  for (const [index, layer] of net.layers.entries()) {
    const before = stackOf.get(leader(net, layer) ?? layer)
    if (before) before.push(index)
    else stacks.push([index])
    stackOf.set(layer, before ?? stacks.at(-1)!)
  }
  return stacks
}

/** The layer in whose place this one computes. */
function leader(net: Net, layer: Layer): Layer | undefined {
  const [bottom] = layer.bottoms
  if (!bottom || layer.bottoms.length > 1 || layer.tops.length !== 1) return undefined
  const isFollower =
    layer.tops[0]!.blob === bottom.blob || follows.has(layer.type) || layerKind(layer.type) === "activation"
  const before = net.producer(bottom)
  const isAlone = net.consumers(bottom).length === 1 && before.tops.length === 1
  return isFollower && isAlone && layerKind(before.type) !== "input" ? before : undefined
}

/**
 * The groups that a net can be drawn in: its stacks of more than one layer, and its blocks, each of which holds whole stacks. A block is
 * what lies between two places where a single value is alive: a residual unit, an inception module.
 */
export function groupsOf(net: Net, stacks: readonly (readonly number[])[]): NetGroup[] {
  const chains = stacks
    .filter(({ length }) => length > 1)
    .map(
      (layers): NetGroup => ({
        kind: "stack",
        name: nameOf(net, layers),
        layers,
        alike: 0,
      }),
    )
  const blocks = segments(net, stacks)
    .filter((found) => found.length > 1)
    .map((found) => found.flat().sort((a, b) => a - b))
  const signatures = blocks.map((layers) => signature(net, layers))
  return [
    ...chains,
    ...blocks.map(
      (layers, i): NetGroup => ({
        kind: "block",
        name: commonName(layers.map((index) => net.layers[index]!.name)) ?? nameOf(net, layers),
        layers,
        alike: signatures.filter((other) => other === signatures[i]).length - 1,
      }),
    ),
  ]
}

/** Who reads a value from farther on than so many layers (labels, masks of poolings, a U-net's copies) holds no block together. */
const farthest = 40

/** Stacks between the places that every path must pass. */
function segments(net: Net, stacks: readonly (readonly number[])[]): (readonly number[])[][] {
  const stackAt = new Map(stacks.flatMap((stack) => stack.map((index) => [index, stack] as const)))
  const found: (readonly number[])[][] = []
  let open = new Set<readonly number[]>()
  const alive = new Map<Value, number>()
  const places = new Map(net.layers.map((layer, index) => [layer, index]))
  const isNear = (value: Value, reader: Layer) =>
    places.get(reader)! - places.get(net.producer(value))! <= farthest
  for (const [index, layer] of net.layers.entries()) {
    for (const bottom of layer.bottoms.filter((value) => isNear(value, layer))) {
      const left = alive.get(bottom)! - 1
      if (left > 0) alive.set(bottom, left)
      else alive.delete(bottom)
    }
    for (const top of layer.tops) {
      const readers = net.consumers(top).filter((reader) => isNear(top, reader)).length
      if (readers > 0) alive.set(top, readers)
    }
    const stack = stackAt.get(index)!
    // A stack belongs where it begins.
    if (stack[0] === index && layerKind(layer.type) !== "input") open.add(stack)
    if (alive.size > 1 || stack.at(-1) !== index) continue
    found.push([...open])
    open = new Set()
  }
  return found
}

/** Types and wiring, without names. */
function signature(net: Net, layers: readonly number[]): string {
  const within = new Map(layers.map((index, i) => [net.layers[index]!, i]))
  return layers
    .map((index) => {
      const { type, bottoms } = net.layers[index]!
      return `${type}(${bottoms.map((bottom) => within.get(net.producer(bottom)) ?? "-").join()})`
    })
    .join()
}

function nameOf(net: Net, layers: readonly number[]): string {
  return net.layers[layers[0]!]!.name
}

/** The longest run of parts that nearly all of a block's names have: `inception_3a`, `stage0_block0`. */
function commonName(names: readonly string[]): string | undefined {
  const parts = names[0]!.split(/(?<=[/_-])|(?=[/_-])/)
  const runs = parts.flatMap((_, from) =>
    parts.slice(from).map((_, length) => parts.slice(from, from + length + 1).join("")),
  )
  const isCommon = (run: string) =>
    /^[a-z].*[a-z0-9]$/i.test(run) && names.filter((name) => name.includes(run)).length >= 0.75 * names.length
  return runs.filter(isCommon).sort((a, b) => b.length - a.length)[0]
}
