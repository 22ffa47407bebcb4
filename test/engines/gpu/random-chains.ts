import { callsOf } from "../../../src/layers/index.js"
import { count, type Layer, makeValue, Net, type Value } from "../../../src/net/index.js"
import { generator } from "./one-layer.js"

type Spec = readonly [type: string, message?: object]

const convolution = (fields: object, type = "Convolution"): Spec => [
  type,
  { convolution_param: { num_output: 6, ...fields } },
]

const producers: readonly Spec[] = [
  convolution({ kernel_size: [3], pad: [1] }),
  convolution({ kernel_size: [3], pad: [1], group: 2, bias_term: false }),
  convolution({ kernel_size: [1] }),
  convolution({ kernel_size: [3], pad: [2], dilation: [2] }),
  convolution({ kernel_size: [3], pad: [1], group: 6 }),
  convolution({ kernel_size: [3], pad: [1], stride: [2] }),
  convolution({ kernel_size: [3], pad: [1] }, "DepthwiseConvolution"),
  convolution({ kernel_size: [2], stride: [2], group: 3 }, "Deconvolution"),
  ["Pooling", { pooling_param: { kernel_size: 2, stride: 2 } }],
  ["Pooling", { pooling_param: { pool: "AVE", kernel_size: 3, stride: 1, pad: 1 } }],
]

const pointwise: readonly Spec[] = [
  ["BatchNorm"],
  ["Scale"],
  ["Scale", { scale_param: { bias_term: true } }],
  ["Bias"],
  ["ReLU"],
  ["ReLU", { relu_param: { negative_slope: 0.1 } }],
  ["PReLU"],
  ["PReLU", { prelu_param: { channel_shared: true } }],
  ["ELU"],
  ["Sigmoid"],
  ["TanH"],
  ["Power", { power_param: { scale: -0.5, shift: 0.25 } }],
  ["Dropout"],
  ["Dropout", { dropout_param: { scale_train: false } }],
]

const sums = [
  { operation: "SUM" },
  { operation: "SUM", coeff: [0.5, -2] },
  { operation: "PROD" },
  { operation: "MAX" },
]

/**
 * A small net with layers in any order: chains in place and not, several consumers, sums of branches, one or
 * two images.
 */
export function randomChains(seed: number): Net {
  const random = generator(`chains ${seed}`)
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const shape = [one([1, 2]), 6, one([4, 7]), 5]
  const layers: Layer[] = []
  const add = ([type, message = {}]: Spec, bottoms: readonly Value[], top: string): Value => {
    const value = makeValue(top)
    const name = `l${layers.length}`
    layers.push({ name, type, bottoms, tops: [value], message: message as Layer["message"], blobs: [] })
    return value
  }
  let last = add(["Input", { input_param: { shape: [{ dim: shape }] } }], [], "data")
  let alike: Value[] = []
  for (let i = 1; i <= 10; i++) {
    const kind = random()
    const top = random() < 0.5 ? last.blob : `b${i}`
    const partner = one(alike)
    if (kind < 0.35) {
      last = add(one(producers), [last], `b${i}`)
      alike = []
    } else if (kind < 0.5 && partner !== undefined) {
      alike.push(last)
      last = add(["Eltwise", { eltwise_param: one(sums) }], [last, partner], `b${i}`)
    } else {
      alike.push(last)
      last = add(one(pointwise), [last], top)
    }
  }
  if (random() < 0.5) {
    last = add(["InnerProduct", { inner_product_param: { num_output: 5 } }], [last], "score")
    add(["PReLU"], [last], "score")
  }
  return withWeights(new Net({ name: `chains ${seed}`, layers }), random)
}

/**
 * Random parameters between -1 and 1 of the shapes that Caffe would allocate; variances are positive and
 * their factor is 1.
 */
function withWeights(net: Net, random: () => number): Net {
  const { calls } = callsOf(net)
  return net.with(
    net.layers.map((layer) => {
      const { type, call } = calls.get(layer)!
      const blobs = (type.blobShapes?.(call) ?? []).map((shape, i) => {
        const data = Float32Array.from({ length: count(shape) }, () => random() * 2 - 1)
        if (layer.type !== "BatchNorm" || i === 0) return { shape, data }
        return { shape, data: i === 1 ? data.map((v) => 0.2 + Math.abs(v)) : data.fill(1) }
      })
      return { ...layer, blobs }
    }),
  )
}

/** Values between -1 and 1 for its input. */
export function inputOf(net: Net, seed: number): Float32Array {
  const random = generator(`input ${seed}`)
  const shape = callsOf(net).shapes.get(net.inputs[0]!)!
  return Float32Array.from({ length: count(shape) }, () => random() * 2 - 1)
}
