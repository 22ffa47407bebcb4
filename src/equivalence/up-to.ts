import { PrelabError } from "../error.js"
import { callsOf } from "../layers/index.js"
import { inputLayer, type Layer, Net, type Shape, type Value } from "../net/index.js"

/**
 * A net as far as some of its values: the layers that they need, and inputs that these read. A layer without bottoms that cannot run (data
 * from disk) becomes an input of the shape that the other net has under this name.
 *
 * @param shapes of inputs, by blob name
 * @throws PrelabError when the net has no value of a name
 */
export function upTo(
  net: Net,
  names: readonly string[],
  shapes: ReadonlyMap<string, Shape>,
  others: Net = net,
): Net {
  // The same object where a rewrite kept it: an in-place chain has one name many times.
  const kept = new Map(others.outputs.filter((value) => net.has(value)).map((value) => [value.blob, value]))
  const wanted = names.map((name) => {
    const value = kept.get(name) ?? net.values.findLast(({ blob }) => blob === name)
    if (!value) throw new PrelabError("no such output", name)
    return value
  })
  const needed = new Set<Value>(wanted)
  const layers: Layer[] = []
  const { problems, shapes: known } = callsOf(net)
  for (const layer of net.layers.toReversed()) {
    const tops = layer.tops.filter((top) => needed.has(top))
    if (tops.length === 0) continue
    const isSource = layer.bottoms.length === 0 && (layer.type === "Input" || problems.has(layer))
    if (isSource)
      layers.unshift(
        ...tops.map((top) => inputLayer(top.blob, [top], [known.get(top) ?? shapes.get(top.blob) ?? []])),
      )
    else {
      layers.unshift(layer)
      for (const bottom of layer.bottoms) needed.add(bottom)
    }
  }
  return new Net({ name: net.name, state: net.state, layers })
}
