import { callsOf, type NetCalls } from "../layers/index.js"
import { count, type Layer, type Message, type Net, sameShape } from "../net/index.js"
import type { FileBlob } from "./blob-proto.js"
import type { CaffeModel, ModelLayer } from "./caffemodel.js"
import { blobShapesOf } from "./param-specs.js"

/**
 * Makes the PReLU slopes of a caffemodel fit a prototxt that disagrees about `channel_shared`; what Caffe answers with "Source param shape is
 * (1); target param shape is 32 (32)":
 *
 * - one slope, where the prototxt has one a channel: every channel gets it, the same function;
 * - one slope of shape [1], as converters write it, where the prototxt shares one: its shape is set right;
 * - one slope a channel, where the prototxt shares one: `channel_shared` goes, the file's slopes stay.
 *
 * Every repair is a warning of the net. Other mismatches stay as they are, for `copyWeights` to refuse.
 */
export function repairSlopes(calls: NetCalls, model: CaffeModel): { calls: NetCalls; model: CaffeModel } {
  const warnings: string[] = []
  const changed = new Map<Layer, Layer>()
  const repaired = new Map<ModelLayer, ModelLayer>()
  for (const stored of model.layers) {
    const layer = calls.net.layers.find(({ name }) => name === stored.name)
    const [blob] = stored.blobs
    const bottom = layer && calls.shapes.get(layer.bottoms[0]!)
    if (layer?.type !== "PReLU" || !blob || stored.blobs.length !== 1 || !bottom) continue
    const want = blobShapesOf(calls, layer)?.[0]
    if (!want || sameShape(blob.shape, want)) continue
    const channels = bottom[1]!
    const put = (fitting: FileBlob, now: Layer) => {
      repaired.set(stored, { ...stored, blobs: [fitting] })
      // Saving must not write the layer's fields as the files have them.
      const { origin: _origin, ...anew } = now
      changed.set(layer, anew)
    }
    if (count(blob.shape) === 1) {
      const data = want.length === 0 ? blob.data : new Float32Array(channels).fill(blob.data[0]!)
      put({ ...blob, shape: want, data }, layer)
      const shared = `the one slope of the caffemodel, ${blob.data[0]},`
      warnings.push(
        want.length === 0
          ? `slopes of ${layer.name} repaired: ${shared} has no axes now`
          : `slopes of ${layer.name} repaired: ${shared} taken for all ${channels} channels`,
      )
    } else if (want.length === 0 && count(blob.shape) === channels) {
      put({ ...blob, shape: [channels] }, unshared(layer))
      warnings.push(
        `slopes of ${layer.name} repaired: the caffemodel has one a channel, so channel_shared was removed`,
      )
    }
  }
  if (repaired.size === 0) return { calls, model }
  const layers = model.layers.map((layer) => repaired.get(layer) ?? layer)
  return { calls: withLayers(calls.net, changed, warnings), model: { ...model, layers } }
}

function unshared(layer: Layer): Layer {
  const { prelu_param, ...message } = layer.message
  const { channel_shared: _shared, ...rest } = (prelu_param ?? {}) as Message
  return {
    ...layer,
    message: Object.keys(rest).length > 0 ? { ...message, prelu_param: rest } : message,
  }
}

function withLayers(net: Net, changed: ReadonlyMap<Layer, Layer>, warnings: readonly string[]): NetCalls {
  const layers = net.layers.map((layer) => changed.get(layer) ?? layer)
  return callsOf(net.with(layers, { warnings: [...net.warnings, ...warnings] }), {}, { weights: "later" })
}
