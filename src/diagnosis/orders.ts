import { count } from "../net/index.js"
import type { Linear } from "./linear.js"

/** Where the weight that a file has at an index came from in the original; undefined where the layer has no such order. */
type Source = (linear: Linear) => ((index: number) => number) | undefined

/** Ways to put weights in wrong places. Each names its right form and its wrong one. */
export interface Order {
  readonly bug: string
  readonly explanation: string
  readonly fix: string
  readonly source: Source
}

/** Height and width exchanged in every kernel. */
const kernelsTransposed: Source = ({ shape }) => {
  const [height, width] = [shape[2], shape[3]]
  if (shape.length !== 4 || height !== width || height === 1) return undefined
  const n = height!
  return (index) => {
    const at = index % (n * n)
    return index - at + (at % n) * n + Math.floor(at / n)
  }
}

/** The last tap first. */
const kernelsTurned: Source = ({ shape }) => {
  const taps = count(shape, 2)
  return shape.length > 2 && taps > 1 ? (index) => index - 2 * (index % taps) + taps - 1 : undefined
}

/** Blue, green, red and red, green, blue. */
const colours: Source = ({ shape, layer }) => {
  if (shape.length < 3 || shape[1] !== 3 || layer.type === "Deconvolution") return undefined
  const taps = count(shape, 2)
  return (index) => index + 2 * taps * (1 - (Math.floor(index / taps) % 3))
}

/** The numbers of W^T read as W. */
const matrixTransposed: Source = ({ shape, layer }) => {
  const [rows, columns] = shape as [number, number]
  if (layer.type !== "InnerProduct") return undefined
  return (index) => (index % rows) * columns + Math.floor(index / rows)
}

/** The numbers of W read as W^T. */
const matrixTurned: Source = ({ shape, layer }) => {
  const [rows, columns] = shape as [number, number]
  if (layer.type !== "InnerProduct" || rows === columns) return undefined
  return (index) => (index % columns) * rows + Math.floor(index / columns)
}

/** A file in the order of `axes`, each an axis of Caffe's weights, read in Caffe's own order. */
const stored =
  (axes: readonly number[]): Source =>
  ({ shape }) => {
    if (shape.length !== 4) return undefined
    const strides = shape.map((_, axis) => count(shape, axis + 1))
    return (index) => {
      let [rest, from] = [index, 0]
      for (const axis of axes.toReversed()) {
        from += (rest % shape[axis]!) * strides[axis]!
        rest = Math.floor(rest / shape[axis]!)
      }
      return from
    }
  }

/** Columns in the order height, width, channels. */
const channelsLast: Source = ({ flattened, shape, layer }) => {
  if (layer.type !== "InnerProduct" || !flattened) return undefined
  const [channels, pixels, columns] = [flattened[0]!, count(flattened, 1), shape[1]!]
  if (channels === 1 || pixels === 1 || channels * pixels !== columns) return undefined
  return (index) => {
    const at = index % columns
    return index - at + (at % channels) * pixels + Math.floor(at / channels)
  }
}

const transposing = "write the weights in Caffe's order: copy the blobs, do not rearrange them"

/** Caffe's own layouts: blob.hpp (last axis fastest), base_conv_layer.cpp, inner_product_layer.cpp. */
export const orders: readonly Order[] = [
  {
    bug: "kernels transposed",
    explanation:
      "height and width of every kernel are exchanged: w[o, i, y, x] is where w[o, i, x, y] belongs. Files made from transposed images (MATLAB stores columns first) look so; on symmetric kernels nobody notices",
    fix: `${transposing}, or transpose the image too`,
    source: kernelsTransposed,
  },
  {
    bug: "kernels turned by 180 degrees",
    explanation:
      "every kernel is reversed: Caffe's convolution correlates, y[p] = sum of w[t] x[p + t], and does not turn the kernel",
    fix: "reverse the kernels again along height and width",
    source: kernelsTurned,
  },
  {
    bug: "input channels swapped",
    explanation:
      "the weights of the first and third input channel are exchanged: one of the nets expects blue, green, red, the other red, green, blue",
    fix: "exchange input channels 0 and 2 of this layer again, or of the image, not both",
    source: colours,
  },
  {
    bug: "weight matrix transposed",
    explanation:
      "the numbers are those of W transposed, read as W: InnerProduct stores [out, in], or [in, out] with transpose: true",
    fix: "transpose the matrix, or set inner_product_param { transpose } to what the numbers are",
    source: matrixTransposed,
  },
  {
    bug: "weight matrix transposed",
    explanation:
      "the numbers of W are read as W transposed: InnerProduct stores [out, in], or [in, out] with transpose: true",
    fix: "transpose the matrix, or set inner_product_param { transpose } to what the numbers are",
    source: matrixTurned,
  },
  {
    bug: "weights flattened channels last",
    explanation: "the columns are ordered height, width, channels; Caffe flattens channels, height, width",
    fix: "reorder the columns before writing them",
    source: channelsLast,
  },
  {
    bug: "weights in another tool's order",
    explanation:
      "the numbers stand in the order height, width, in, out (TensorFlow's); Caffe stores out, in, height, width",
    fix: transposing,
    source: stored([2, 3, 1, 0]),
  },
  {
    bug: "weights in another tool's order",
    explanation:
      "the numbers stand in the order out, height, width, in (channels last); Caffe stores out, in, height, width",
    fix: transposing,
    source: stored([0, 2, 3, 1]),
  },
]

/** The channel whose factor a weight got by mistake. */
export interface Owner {
  readonly bug: string
  readonly explanation: string
  readonly fix: string
  readonly channel: Source
}

const layouts =
  "Convolution stores [out, in / group, …], Deconvolution [in, out / group, …], InnerProduct [out, in]"

export const owners: readonly Owner[] = [
  {
    bug: "folded over the wrong axis",
    explanation: `the factor of an output channel went to the weights of an input channel; ${layouts}`,
    fix: "multiply the axis of the outputs",
    channel: ({ input, weight, outputs, shape }) => {
      const inputs = shape.length === 1 ? 0 : input(weight.length - 1) + 1
      return inputs === outputs ? input : undefined
    },
  },
  {
    bug: "groups ignored in the fold",
    explanation: `the factors of the first group went to all groups: with group g, output channel c is number c mod (out / g) of its own group; ${layouts}`,
    fix: "count output channels through all groups",
    channel: ({ output, group, outputs, layer }) =>
      group > 1 && group < outputs && layer.type !== "Scale"
        ? (index) => output(index) % (outputs / group)
        : undefined,
  },
]
