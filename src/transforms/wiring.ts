import type { Layer, Message, Net, Value } from "../net/index.js"

/** The same layer on other values. Its own text stays only where all blob names in it stay. */
export function rewired(layer: Layer, to: ReadonlyMap<Value, Value>): Layer {
  const move = (values: readonly Value[]) => values.map((value) => to.get(value) ?? value)
  const [bottoms, tops] = [move(layer.bottoms), move(layer.tops)]
  const before = [...layer.bottoms, ...layer.tops]
  const after = [...bottoms, ...tops]
  if (after.every((value, i) => value === before[i])) return layer
  if (after.every(({ blob }, i) => blob === before[i]!.blob)) return { ...layer, bottoms, tops }
  return { ...withoutOrigin(layer), bottoms, tops }
}

/** A layer to be written anew: its text no longer says what it is. */
export function withoutOrigin({ origin: _origin, ...layer }: Layer): Layer {
  return layer
}

/** Names for new layers that no other layer has: weights are found by layer name. */
export class LayerNames {
  readonly #taken: Set<string>

  constructor({ layers }: Net) {
    this.#taken = new Set(layers.map(({ name }) => name))
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** The name itself, or the first of `name_2`, `name_3`, … that is free. */
  take(name: string): string {
    let free = name
    for (let n = 2; this.#taken.has(free); n++) free = `${name}_${n}`
    this.#taken.add(free)
    return free
  }
}

/** The rules that say in which phases and stages a layer takes part; what replaces it takes part in the same. */
export function rulesOf({ message }: Layer): Message {
  return Object.fromEntries(
    ["include", "exclude"].flatMap((field) =>
      message[field] === undefined ? [] : [[field, message[field]]],
    ),
  )
}

/** The `param` specs of a layer: learning rates, and the names that layers share parameters under. */
export function specsOf({ message }: Layer): readonly Message[] {
  return (message.param as readonly Message[] | undefined) ?? []
}

/** The spec of a copy that is shared no more. */
export function ownSpec({ name: _name, share_mode: _mode, ...spec }: Message): Message {
  return spec
}

/**
 * The net without a layer that copies its one bottom: its readers read the bottom; where a top is an output of the net, what makes the bottom
 * makes this output instead, under its name.
 *
 * @returns why that would change the net's inputs or outputs, where it would
 */
export function bypassed(net: Net, layer: Layer): Net | string {
  const [bottom] = layer.bottoms as [Value]
  const outputs = layer.tops.filter((top) => net.consumers(top).length === 0)
  const others = net.consumers(bottom).filter((reader) => reader !== layer)
  const [output] = outputs
  if (output === undefined) {
    const to = new Map(layer.tops.map((top) => [top, bottom]))
    return net.with(without(net, layer).map((each) => rewired(each, to)))
  }
  if (outputs.length > 1)
    return `${outputs.map(({ blob }) => blob).join(" and ")} are outputs of the net with one value`
  const reader = others[0] ?? layer.tops.flatMap((top) => net.consumers(top))[0]
  if (reader)
    return `its top ${output.blob} is an output of the net, and ${reader.name} (${reader.type}) reads the same value`
  if (net.producer(bottom).type === "Input")
    return `its top ${output.blob} is an output of the net, and its bottom ${bottom.blob} an input`
  const to = new Map([[bottom, output]])
  return net.with(without(net, layer).map((each) => rewired(each, to)))
}

function without({ layers }: Net, layer: Layer): Layer[] {
  return layers.filter((each) => each !== layer)
}
