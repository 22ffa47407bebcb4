import { PrelabError } from "../error.js"
import { count } from "../net/index.js"
import { refuseInPlace } from "./elementwise.js"
import { unknownFieldIn } from "./fork-fields.js"
import { type Call, defineLayer } from "./layer-type.js"
import { numberOf, section } from "./param.js"
import { addToView, copyView, type View, viewKernel } from "./view.js"

/** Channels as a matrix of `group` rows, read column by column. */
function viewOf({ params: group, bottoms: [bottom] }: Call<number>): View {
  const columns = bottom![1]! / group
  const plane = count(bottom!, 2)
  return {
    extents: [bottom![0]!, columns, group, plane],
    strides: [count(bottom!, 1), plane, columns * plane, 1],
    offset: 0,
  }
}

/**
 * ShuffleChannel: channel i columns + j becomes channel j group + i, so that the next grouped convolution
 * sees every group: shuffle_channel_layer.cpp of the ShuffleNet forks; Zhang et al. 2017, "ShuffleNet",
 * section 3.1.
 */
export const shuffleChannel = defineLayer<number>({
  type: "ShuffleChannel",
  parse: (message) => numberOf(section(message, "shuffle_channel_param"), "group", 1),
  refusal: (layer) => unknownFieldIn(layer, "shuffle_channel_param", ["group"]),

  shape({ layer, params: group, bottoms: [bottom] }) {
    if (group < 1) throw new PrelabError("group must be positive", group)
    if (bottom!.length < 2) throw new PrelabError("ShuffleChannel needs at least two axes", bottom!.length)
    if (bottom![1]! % group !== 0)
      throw new PrelabError("channels not divisible by group", `${bottom![1]} by ${group}`)
    if (group > 1) refuseInPlace(layer)
    return [[...bottom!]]
  },

  forward: (call, [x]) => [copyView(x!, viewOf(call), new Float32Array(x!.length))],
  backward: (call, { bottoms: [x], topDiffs: [diff] }) => ({
    bottomDiffs: [addToView(diff!, viewOf(call), x!.length)],
  }),

  bound: (call, _bottoms, _tops, [e]) => [copyView(e!, viewOf(call), new Float64Array(e!.length))],

  onnx({ params: group, bottoms: [bottom] }, onnx, [x]) {
    const [n, channels] = bottom as [number, number]
    const columns = channels / group
    const plane = count(bottom!, 2)
    const rows = onnx.reshape(x!, bottom!, [n, group, columns, plane])
    const turned = onnx.add("Transpose", [rows], { perm: [0, 2, 1, 3] })
    return [onnx.reshape(turned, [n, columns, group, plane], bottom!)]
  },

  gpu: (call) => (call.params === 1 ? [] : [viewKernel(viewOf(call), 0)]),
})
