import { PrelabError } from "../error.js"
import { convolution } from "./convolution.js"
import { parseConvolution } from "./convolution-params.js"
import type { AnyLayerType } from "./layer-type.js"

/**
 * MobileNet forks have a layer of their own for a convolution with one group per channel, whether or not the prototxt says
 * `group`: weights [channels, 1, kernel…]. Everything else is Convolution's.
 */
function depthwise(type: string): AnyLayerType {
  return {
    ...convolution,
    type,

    parse(message) {
      const params = parseConvolution(message)
      return { ...params, group: params.numOutput }
    },

    shape(call) {
      const tops = convolution.shape(call)
      const { numOutput, axis } = call.params as ReturnType<typeof parseConvolution>
      const channels = call.bottoms[0]!.at(axis)
      if (channels !== numOutput)
        throw new PrelabError("num_output must equal channels", `${numOutput} for ${channels}`)
      return tops
    },
  }
}

export const depthwiseConvolution = depthwise("DepthwiseConvolution")
export const convolutionDepthwise = depthwise("ConvolutionDepthwise")
