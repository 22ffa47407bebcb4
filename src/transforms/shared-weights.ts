import type { Layer, Net } from "../net/index.js"
import { specsOf } from "./wiring.js"

/** The layer that uses one of the same parameters, by `param { name }` or because it holds the same blob. */
export function sharerOf(net: Net, target: Layer): string | undefined {
  const namesOf = (layer: Layer) => specsOf(layer).flatMap(({ name }) => (name ? [name] : []))
  const names = new Set(namesOf(target))
  const data = new Set(target.blobs.map((blob) => blob.data))
  return net.layers.find(
    (layer) =>
      layer !== target &&
      (namesOf(layer).some((name) => names.has(name)) || layer.blobs.some((blob) => data.has(blob.data))),
  )?.name
}
