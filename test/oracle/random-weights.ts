import { type AnyLayerType, callsOf } from "../../src/layers/index.js"
import { count, type Net } from "../../src/net/index.js"
import { generator } from "../engines/gpu/one-layer.js"

/** A net with random weights of the shapes that its layers need, of such a size that values neither vanish nor grow. */
export function withRandomWeights(net: Net): Net {
  const random = generator("weights")
  const { calls } = callsOf(net, {}, { weights: "later" })
  return net.with(
    net.layers.map((layer) => {
      const { type, call } = calls.get(layer) as { type: AnyLayerType; call: never }
      const blobs = (type.blobShapes?.(call) ?? []).map((shape, i) => {
        const spread = i === 0 && shape.length > 1 ? Math.sqrt(12 / count(shape, 1)) : 1
        const data = Float32Array.from({ length: count(shape) }, () => (random() - 0.5) * spread)
        return { shape, data }
      })
      return { ...layer, blobs }
    }),
  )
}
