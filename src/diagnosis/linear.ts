import { parseConvolution } from "../layers/convolution.js"
import { parseInnerProduct } from "../layers/inner-product.js"
import { count, type Layer, type Shape } from "../net/index.js"

/** A layer y = W x + b, whichever way it stores W. */
export interface Linear {
  readonly layer: Layer
  /** InnerProduct always as [out, in]; else as Caffe stores them. */
  readonly shape: Shape
  readonly weight: Float32Array
  readonly bias: Float32Array | undefined
  readonly outputs: number
  readonly group: number
  /** The output channel, and the channel of the bottom, that weight `index` joins. */
  output(index: number): number
  input(index: number): number
  /** [channels, height, width] that an InnerProduct flattens. */
  readonly flattened: Shape | undefined
}

const convolutions: ReadonlySet<string> = new Set([
  "Convolution",
  "DepthwiseConvolution",
  "ConvolutionDepthwise",
])

/** Layers that are compared as one kind: a depthwise convolution may be written in several ways. */
export function kindOf({ type }: Layer): string {
  return convolutions.has(type) ? "Convolution" : type
}

/** @param bottom shape of the layer's bottom, where it is known */
export function linearOf(layer: Layer, bottom: Shape | undefined): Linear | undefined {
  const [weight, bias] = layer.blobs
  if (!weight || layer.bottoms.length !== 1) return undefined
  const own = { layer, bias: bias?.data }
  if (layer.type === "InnerProduct") {
    const { transpose, axis } = parseInnerProduct(layer.message)
    const [rows, columns] = weight.shape as [number, number]
    const [outputs, inputs] = transpose ? [columns, rows] : [rows, columns]
    const inner = bottom ? count(bottom, axis + 1) : 1
    return {
      ...own,
      shape: [outputs, inputs],
      weight: transpose ? turned(weight.data, rows, columns) : weight.data,
      outputs,
      group: 1,
      output: (index) => Math.floor(index / inputs),
      input: (index) => Math.floor((index % inputs) / inner),
      flattened: bottom && axis === 1 && bottom.length > 2 ? bottom.slice(1) : undefined,
    }
  }
  if (layer.type === "Deconvolution") {
    const { group } = parseConvolution(layer.message)
    const [inputs, perGroup] = weight.shape as [number, number]
    const taps = count(weight.shape, 2)
    const input = (index: number) => Math.floor(index / (perGroup * taps))
    return {
      ...own,
      shape: weight.shape,
      weight: weight.data,
      outputs: perGroup * group,
      group,
      output: (index) =>
        Math.floor(input(index) / (inputs / group)) * perGroup + (Math.floor(index / taps) % perGroup),
      input,
      flattened: undefined,
    }
  }
  if (!convolutions.has(layer.type)) return undefined
  const [outputs, perGroup] = weight.shape as [number, number]
  const group = layer.type === "Convolution" ? parseConvolution(layer.message).group : outputs
  const taps = count(weight.shape, 2)
  const output = (index: number) => Math.floor(index / (perGroup * taps))
  return {
    ...own,
    shape: weight.shape,
    weight: weight.data,
    outputs,
    group,
    output,
    input: (index) =>
      Math.floor((output(index) * group) / outputs) * perGroup + (Math.floor(index / taps) % perGroup),
    flattened: undefined,
  }
}

/** A Scale as y = 1 x + 0 with its numbers in place of weights: what BatchNorm and Scale were merged into. */
export function scaleAsLinear(layer: Layer, gain: Float32Array, bias: Float32Array | undefined): Linear {
  return {
    layer,
    shape: [gain.length],
    weight: gain,
    bias,
    outputs: gain.length,
    group: gain.length,
    output: (index) => index,
    input: (index) => index,
    flattened: undefined,
  }
}

function turned(data: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]!
  }
  return result
}
