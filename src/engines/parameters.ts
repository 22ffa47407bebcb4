import { PrelabError } from "../error.js"
import type { Layer, Net, Shape } from "../net/index.js"

/** ParamSpec of caffe.proto, as far as training reads it. */
export interface ParamSpec {
  readonly name: string
  readonly lr_mult: number
  readonly decay_mult: number
}

/**
 * One blob of parameters of a net in training; layers that share one by name (`param { name }`) have one and
 * the same.
 */
export interface Parameter {
  /** The layer that owns it, and which of its blobs it is. */
  readonly layer: string
  readonly index: number
  readonly shape: Shape
  /** Its values, which the next pass reads: a solver changes them in place. */
  readonly data: Float32Array
  /** The derivative of the loss. Passes add to it, as Caffe's do. */
  readonly diff: Float32Array
  readonly lrMult: number
  readonly decayMult: number
}

/** What solvers change in place. */
const changing = new WeakSet<Float32Array>()

/**
 * Whether parameters of a net are those of a training pass: what was made of their values may be out of date.
 */
export function isInTraining(net: Net): boolean {
  return net.layers.some(({ blobs }) => blobs.some(({ data }) => changing.has(data)))
}

/** What a layer's `param` says of its blob, with Caffe's defaults. */
export function paramSpec(layer: Layer, index: number): ParamSpec {
  return { name: "", lr_mult: 1, decay_mult: 1, ...specsOf(layer)[index] }
}

function specsOf({ message }: Layer): readonly Partial<ParamSpec>[] {
  return (message.param as readonly Partial<ParamSpec>[] | undefined) ?? []
}

/**
 * A multiplier of a parameter that layers share: what any of them states, 1 where none does (net.cpp,
 * AppendParam).
 *
 * @throws PrelabError where two state different ones
 */
function sharedMultiplier(net: Net, name: string, field: "lr_mult" | "decay_mult"): number {
  const stated = net.layers
    .flatMap(specsOf)
    .filter((spec) => spec.name === name && spec[field] !== undefined)
    .map((spec) => spec[field]!)
  const other = stated.find((value) => value !== stated[0])
  if (other !== undefined)
    throw new PrelabError(`shared param has several ${field}`, `${name}, ${stated[0]} and ${other}`)
  return stated[0] ?? 1
}

/**
 * Copies of all parameters of a net, in the layers' order (net.cpp, AppendParam), and the net whose layers
 * read them.
 *
 * @throws PrelabError where layers that share one state different multipliers
 */
export function ownParameters(net: Net): { net: Net; parameters: Parameter[]; of: Map<Layer, Parameter[]> } {
  const named = new Map<string, Parameter>()
  const parameters: Parameter[] = []
  const of = new Map<Layer, Parameter[]>()
  const layers = net.layers.map((layer) => {
    const own = layer.blobs.map(({ shape, data }, index) => {
      const { name, ...spec } = paramSpec(layer, index)
      const known = named.get(name)
      if (name !== "" && known) return known
      const parameter: Parameter = {
        layer: layer.name,
        index,
        shape,
        data: data.slice(),
        diff: new Float32Array(data.length),
        lrMult: name === "" ? spec.lr_mult : sharedMultiplier(net, name, "lr_mult"),
        decayMult: name === "" ? spec.decay_mult : sharedMultiplier(net, name, "decay_mult"),
      }
      parameters.push(parameter)
      changing.add(parameter.data)
      if (name !== "") named.set(name, parameter)
      return parameter
    })
    if (own.length === 0) return layer
    const blobs = own.map(({ data }, i) => ({ shape: layer.blobs[i]!.shape, data }))
    const live = { ...layer, blobs }
    of.set(live, own)
    return live
  })
  return { net: net.with(layers), parameters, of }
}
