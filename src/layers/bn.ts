import { PrelabError } from "../error.js"
import { count, type Layer, type Shape } from "../net/index.js"
import {
  type ChannelMap,
  channelMapBackward,
  channelMapBound,
  channelMapFormula,
  channelMapNodes,
  inverseDeviation,
  mapChannels,
  storedForm,
} from "./channel-map.js"
import { aroundAxis } from "./channels.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type Call, defineLayer } from "./layer-type.js"
import { booleanOf, enumOf, numberOf, section } from "./param.js"
import { UnsupportedLayer } from "./problems.js"

const segNetFields = ["scale_filler", "shift_filler", "bn_mode"]
const movingFields = ["slope_filler", "bias_filler", "momentum", "eps", "frozen", "engine"]

interface BnParams {
  readonly mode: "LEARN" | "INFERENCE"
  readonly eps: number
  readonly frozen: boolean
  /** How many blobs the fork makes whose fields are stated. */
  readonly blobs: 2 | 4
}

/** The stored blobs say which fork's layer this is; before they are loaded its fields do. */
function blobsOf({ layer, params }: { layer: Layer; params: BnParams }): 2 | 4 {
  const stored = layer.blobs.length
  return stored === 2 || stored === 4 ? stored : params.blobs
}

function channelsOf([, channels = 1]: Shape): number {
  return channels
}

function mapOf(call: Call<BnParams>): ChannelMap {
  const [scale, shift, mean, variance] = call.blobs.map(({ data }) => data) as Float32Array[]
  if (blobsOf(call) === 2) return { scale: scale!, shift: shift! }
  const statistics = { mean: mean!, inverse: inverseDeviation(variance!, call.params.eps) }
  return { statistics, scale: scale!, shift: shift! }
}

/**
 * BN, two forks' batch norms. SegNet's and ENet's has two blobs and in mode INFERENCE is y = scale x + shift,
 * the statistics merged into both (bn_layer.cpp of caffe-segnet). TSN's and PSPNet's has four, slope, bias,
 * mean and variance, and at TEST is y = (x - mean) (variance + eps)^-0.5 slope + bias (bn_layer.cpp of
 * yjxiong's Caffe).
 */
export const bn = defineLayer<BnParams>({
  type: "BN",

  parse(message) {
    const param = section(message, "bn_param")
    const specs = Array.isArray(message.param) ? message.param.length : 0
    const isMoving = movingFields.some((field) => param[field] !== undefined) || specs > 2
    return {
      mode: enumOf(param, "bn_mode", ["LEARN", "INFERENCE"], "LEARN"),
      eps: Math.fround(numberOf(param, "eps", 1e-5)),
      frozen: booleanOf(param, "frozen", false),
      blobs: isMoving ? 4 : 2,
    }
  },

  refusal: (layer) => unknownFieldIn(layer, "bn_param", [...segNetFields, ...movingFields]),

  shape(call) {
    const { layer, params, phase, bottoms } = call
    const isStored = blobsOf(call) === 2 ? params.mode === "INFERENCE" : params.frozen || phase === "TEST"
    if (!isStored) {
      throw new UnsupportedLayer("batch statistics not supported", `BN in layer ${layer.name}`, {
        hint: "merge its statistics and set bn_mode: INFERENCE",
      })
    }
    if (bottoms[0]!.length < 2) throw new PrelabError("BN needs at least two axes", bottoms[0]!.length)
    return [[...bottoms[0]!]]
  },

  blobShapes(call) {
    const c = channelsOf(call.bottoms[0]!)
    // The forks' versions differ in how many axes they write.
    const forms: Shape[] = [[1, c, 1, 1], [1, c], [c]]
    return Array.from({ length: blobsOf(call) }, (_, i) => storedForm(call.layer.blobs[i], forms))
  },

  forward: (call, [x]) => [mapChannels(mapOf(call), aroundAxis(call.tops[0]!, 1), x!)],
  backward(call, { bottoms: [x], topDiffs: [diff] }) {
    const { bottomDiffs, blobDiffs } = channelMapBackward(
      mapOf(call),
      aroundAxis(call.tops[0]!, 1),
      x!,
      diff!,
    )
    return { bottomDiffs, blobDiffs: call.params.frozen ? [] : blobDiffs.slice(3) }
  },

  bound: (call, [x], [y], [e]) => [channelMapBound(mapOf(call), aroundAxis(call.tops[0]!, 1), x!, y!, e!)],
  onnx: (call, onnx, [x]) => [channelMapNodes(mapOf(call), call.bottoms[0]!, onnx, x!)],
  pointwise: (call) => channelMapFormula(mapOf(call), aroundAxis(call.tops[0]!, 1)),
  macs: (call) => count(call.tops[0]!) * (blobsOf(call) === 2 ? 1 : 2),
})
