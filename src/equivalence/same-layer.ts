import { parseConvolution, slidingOf } from "../layers/convolution.js"
import { layerTypeOf, refusalOf } from "../layers/index.js"
import type { Blob, Layer, Shape } from "../net/index.js"

/** Layer types whose windows are written in convolution_param. */
const windowed = new Set(["Convolution", "Deconvolution", "DepthwiseConvolution", "ConvolutionDepthwise"])

/**
 * What a layer computes apart from its blobs, as text to compare: type, parameters with Caffe's defaults filled in, phase-free. Layers
 * whose windows are written differently (`kernel_size` or `kernel_h` and `kernel_w`) agree when the windows do.
 *
 * @param withBias does `bias_term` count? A fold adds a bias to a layer without one
 */
export function geometryOf(layer: Layer, bottoms: readonly Shape[], withBias = true): string {
  if (refusalOf(layer)) return JSON.stringify([layer.type, layer.message])
  const params = layerTypeOf(layer).parse(layer.message, layer) as Record<string, unknown>
  const bias = withBias ? {} : { biasTerm: null }
  if (!("param" in Object(params))) return JSON.stringify([layer.type, params && { ...params, ...bias }])
  const { param, ...rest } = params
  const window = windowed.has(layer.type)
    ? slidingOf({ params: parseConvolution(layer.message), bottoms })
    : param
  return JSON.stringify([layer.type, { ...rest, ...bias, axis: undefined }, window])
}

/** Are the blobs equal, bit for bit (the sign of zero aside)? */
export function sameBlobs(a: readonly Blob[], b: readonly Blob[]): boolean {
  return a.length === b.length && a.every((blob, i) => blob === b[i] || sameData(blob.data, b[i]!.data))
}

function sameData(a: Float32Array, b: Float32Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return false
  }
  return true
}
