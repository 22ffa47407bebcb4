import { dropoutFactor } from "../equivalence/dropout-factor.js"
import { callsOf } from "../layers/index.js"
import type { Layer, Net, Value } from "../net/index.js"
import { rewired } from "../transforms/wiring.js"

/**
 * The net without layers that only copy: Split, and Dropout where it multiplies by 1. Tools put them in and take them out; what reads a
 * copy reads the original. A copy that is an output hands its name to what it copies, and stays where that is impossible.
 */
export function plainNet(net: Net): Net {
  const calls = callsOf(net)
  const source = new Map<Value, Value>()
  const dropped = new Set<Layer>()
  const at = (value: Value) => source.get(value) ?? value
  for (const layer of net.layers) {
    if (layer.type !== "Split" && dropoutFactor(calls, layer) !== 1) continue
    const [bottom] = layer.bottoms as [Value]
    const outputs = layer.tops.filter((top) => net.consumers(top).length === 0)
    if (outputs.length > 0) {
      // The original takes the output's name: every reader of it is this copy.
      const alone = net.consumers(bottom).length === 1 && layer.tops.length === 1
      if (!alone || net.producer(bottom).type === "Input" || source.has(bottom)) continue
      source.set(bottom, outputs[0]!)
    } else for (const top of layer.tops) source.set(top, at(bottom))
    dropped.add(layer)
  }
  if (dropped.size === 0) return net
  return net.with(net.layers.filter((layer) => !dropped.has(layer)).map((layer) => rewired(layer, source)))
}
