import type { Call } from "../../../src/layers/index.js"
import { count, type Layer, type Message, type Shape } from "../../../src/net/index.js"
import { generator } from "../../engines/gpu/one-layer.js"

const random = generator("random layers")
const upTo = (most: number) => 1 + Math.floor(random() * most)
const some = (n: number, make: () => number) => Array.from({ length: n }, make)
const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-45, -3.4e38]

/** Numbers of all sizes, so that every order of a sum gives another result; sometimes strange ones among them. */
export function numbers(length: number, withStrange = random() < 0.2): Float32Array {
  return Float32Array.from({ length }, () =>
    withStrange && random() < 0.05
      ? strange[upTo(strange.length) - 1]!
      : (random() - 0.5) * 2 ** Math.floor(random() * 12),
  )
}

export interface RandomLayer {
  readonly message: Message
  readonly bottom: Shape
}

/** A layer of the type with parameters and a bottom of its own; `size` makes it larger. */
export const randomLayers: Readonly<Record<string, (size: number) => RandomLayer>> = {
  Convolution(size) {
    const group = random() < 0.3 ? upTo(3) : 1
    const kernel = some(random() < 0.8 ? 2 : upTo(3), () => upTo(4))
    const [stride, dilation] = [kernel.map(() => upTo(2)), kernel.map(() => upTo(2))]
    const spatial = kernel.map(
      (extent, i) => dilation[i]! * (extent - 1) + 1 + Math.floor(random() * 9 * size),
    )
    const convolution_param = {
      num_output: group * upTo(9),
      group,
      kernel_size: kernel,
      stride,
      dilation,
      pad: kernel.map(() => Math.floor(random() * 3)),
      bias_term: random() < 0.8,
    }
    return { message: { convolution_param }, bottom: [upTo(4), group * upTo(5), ...spatial] }
  },
  InnerProduct: (size) => ({
    message: {
      inner_product_param: {
        num_output: upTo(70) * size,
        transpose: random() < 0.3,
        axis: upTo(2),
        bias_term: random() < 0.8,
      },
    },
    bottom: [upTo(4) * size, upTo(5), upTo(9), upTo(60)],
  }),
  Pooling: (size) => {
    const kernel_size = upTo(4)
    const extent = () => kernel_size + Math.floor(random() * 9 * size)
    const pad = Math.floor(random() * kernel_size)
    return {
      message: { pooling_param: { pool: "MAX", kernel_size, stride: upTo(3), pad } },
      bottom: [upTo(4) * size, upTo(5), extent(), extent()],
    }
  },
  PReLU: (size) => ({
    message: { prelu_param: { channel_shared: random() < 0.3 } },
    bottom: random() < 0.3 ? [upTo(50) * size, upTo(90)] : [upTo(4), upTo(9), upTo(30) * size, upTo(30)],
  }),
  ReLU: (size) => ({
    message: { relu_param: { negative_slope: random() < 0.5 ? 0.1 : 0 } },
    bottom: [upTo(4), upTo(9), upTo(30) * size, upTo(30)],
  }),
}

/** The layer's tops and diffs, those of a plain copy of its bottoms. */
export function passOf(
  layers: Pick<typeof import("../../../src/layers/index.js"), "layerTypeOf">,
  type: string,
  { message, bottom }: RandomLayer,
  values: {
    x: Float32Array
    blobs: (length: number) => Float32Array
    diff: (length: number) => Float32Array
  },
): (Float32Array | undefined)[] {
  const layer = { name: "layer", type, message, bottoms: [], tops: [{}], blobs: [] } as unknown as Layer
  const layerType = layers.layerTypeOf(layer)
  const half = { layer, params: layerType.parse(message, layer), phase: "TRAIN" as const, bottoms: [bottom] }
  const tops = layerType.shape({ ...half, blobs: [] })
  const shapes = layerType.blobShapes?.(half) ?? []
  const blobs = shapes.map((shape) => ({ shape, data: values.blobs(count(shape)) }))
  const call: Call<unknown> = { ...half, tops, blobs }
  const made = layerType.forward(call, [values.x])
  const { bottomDiffs, blobDiffs = [] } = layerType.backward!(call, {
    bottoms: [values.x],
    tops: made,
    topDiffs: [values.diff(count(tops[0]!))],
    propagateDown: [true],
    paramPropagateDown: [true, true],
  })
  return [...made, ...bottomDiffs, ...blobDiffs]
}

/** Where two lists of arrays differ first, as a text; undefined where they are the same to the last bit. */
export function difference(
  got: readonly (Float32Array | undefined)[],
  want: readonly (Float32Array | undefined)[],
): string | undefined {
  for (const [i, expected] of want.entries()) {
    const array = got[i]
    if (array?.length !== expected?.length) return `array ${i} has length ${array?.length}`
    const at = expected?.findIndex((value, j) => !Object.is(value, array![j])) ?? -1
    if (at >= 0) return `array ${i} has ${array![at]} at ${at}, not ${expected![at]}`
  }
  return got.length === want.length ? undefined : `${got.length} arrays`
}
