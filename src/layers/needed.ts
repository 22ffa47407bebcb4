import type { Layer, Value } from "../net/index.js"
import type { NetCalls } from "./calls.js"

/** The layers that the wanted values depend on, in running order. */
export function needed({ net }: Pick<NetCalls, "net">, wanted: readonly Value[]): Layer[] {
  const live = new Set<Layer>()
  const visit = (value: Value) => {
    const layer = net.producer(value)
    if (live.has(layer)) return
    live.add(layer)
    layer.bottoms.forEach(visit)
  }
  wanted.forEach(visit)
  return net.layers.filter((layer) => live.has(layer))
}
