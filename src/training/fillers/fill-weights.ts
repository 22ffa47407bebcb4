import { fillerOf } from "../../caffe/fillers.js"
import { blobShapesOf } from "../../caffe/param-specs.js"
import { PrelabError } from "../../error.js"
import { callsOf } from "../../layers/index.js"
import type { Layer, Message, Net } from "../../net/index.js"
import { fill } from "./fill.js"
import { uniform } from "./random.js"

export interface FillWeightsOptions {
  /** The same seed gives the same weights, layer by layer, whatever other layers there are. 1 unless told. */
  readonly seed?: number
  /** msra fillers take the slope of the activation before their layer into account: He et al. 2015, equation 15. Caffe's do not. */
  readonly preluGain?: boolean
}

/**
 * Fills the parameters that a net has no values for, as its fillers say: what Caffe does before it loads weights.
 *
 * @throws PrelabError for an unknown filler, and for layers whose blobs have no fillers
 */
export function fillWeights(net: Net, { seed = 1, preluGain = false }: FillWeightsOptions = {}): Net {
  const calls = callsOf(net, {}, { weights: "later" })
  return net.with(
    net.layers.map((layer) => {
      const shapes = blobShapesOf(calls, layer) ?? []
      if (layer.blobs.length > 0 || shapes.length === 0) return layer
      const blobs = shapes.map((shape, i) => {
        const filler = fillerOf(layer, i)
        if (filler === undefined)
          throw new PrelabError("no filler known", `blob ${i} of ${layer.type} ${layer.name}`, {
            hint: "give the net weights",
          })
        const random = uniform(seed, `${layer.name}/${i}`)
        return {
          shape,
          data: fill(shape, filler, { random, slope: preluGain ? slopeBefore(net, layer) : 0 }),
        }
      })
      return { ...layer, blobs }
    }),
  )
}

/** The slope, at negative values, of the last activation before a layer; 0 where there is none between it and the input. */
function slopeBefore(net: Net, layer: Layer): number {
  for (let at = layer; at.bottoms[0]; ) {
    at = net.producer(at.bottoms[0])
    const { relu_param, prelu_param } = at.message as Record<string, Message | undefined>
    if (at.type === "ReLU") return Number(relu_param?.negative_slope ?? 0)
    if (at.type === "PReLU") {
      const filler = (prelu_param?.filler ?? { value: 0.25 }) as Message
      return Number(filler.value ?? 0)
    }
    if (!passes.has(at.type)) return 0
  }
  return 0
}

/** Layers between an activation and the next weights that leave the mean of the squares about as it is. */
const passes = new Set(["Pooling", "Dropout", "Flatten", "Reshape", "LRN", "Concat", "Split"])
