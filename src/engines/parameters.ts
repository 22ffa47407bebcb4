import type { Layer, Net, Shape } from "../net/index.js"

/** ParamSpec of caffe.proto, as far as training reads it. */
export interface ParamSpec {
  readonly name: string
  readonly lr_mult: number
  readonly decay_mult: number
}

/** One blob of parameters of a net in training; layers that share one by name (`param { name }`) have one and the same. */
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

/** What a layer's `param` says of its blob, with Caffe's defaults. */
export function paramSpec({ message }: Layer, index: number): ParamSpec {
  const specs = (message.param as readonly Partial<ParamSpec>[] | undefined) ?? []
  return { name: "", lr_mult: 1, decay_mult: 1, ...specs[index] }
}

/** Copies of all parameters of a net, in the layers' order (net.cpp, AppendParam), and the net whose layers read them. */
export function ownParameters(net: Net): { net: Net; parameters: Parameter[]; of: Map<Layer, Parameter[]> } {
  const named = new Map<string, Parameter>()
  const parameters: Parameter[] = []
  const of = new Map<Layer, Parameter[]>()
  const layers = net.layers.map((layer) => {
    const own = layer.blobs.map(({ shape, data }, index) => {
      const { name, lr_mult, decay_mult } = paramSpec(layer, index)
      const known = named.get(name)
      if (name !== "" && known) return known
      const parameter: Parameter = {
        layer: layer.name,
        index,
        shape,
        data: data.slice(),
        diff: new Float32Array(data.length),
        lrMult: lr_mult,
        decayMult: decay_mult,
      }
      parameters.push(parameter)
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
