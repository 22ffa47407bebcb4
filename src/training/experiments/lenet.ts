import { parseNet } from "../../caffe/index.js"
import { PrelabError } from "../../error.js"
import type { Net } from "../../net/index.js"

export interface LenetOptions {
  /** Images in a batch: 64 unless told. */
  readonly batch?: number
  /** Of an image: 1 unless told, 3 for colours. */
  readonly channels?: number
  /** Pixels of a side: 28 unless told, 16 at least. */
  readonly size?: number
  /** How many classes the labels tell apart: 10 unless told. */
  readonly classes?: number
}

/**
 * Caffe's LeNet for MNIST (LeCun et al. 1998) with a PReLU, in place, behind each layer but the last: the net of the experiments. At phase
 * TRAIN, without weights: a training fills them.
 *
 * @throws PrelabError where the images are smaller than what two convolutions and poolings leave something of
 */
export function lenet({ batch = 64, channels = 1, size = 28, classes = 10 }: LenetOptions = {}): Net {
  for (const [name, value] of Object.entries({ batch, channels, size, classes }))
    if (!Number.isInteger(value) || value < 1)
      throw new PrelabError(`${name} must be a positive whole number`, value)
  if (size < 16) throw new PrelabError("images too small for LeNet", `${size}, at least 16`)
  const learns = "param { lr_mult: 1 } param { lr_mult: 2 }"
  const xavier = 'weight_filler { type: "xavier" }'
  const activation = (n: number, blob: string) =>
    `layer { name: "prelu${n}" type: "PReLU" bottom: "${blob}" top: "${blob}" }`
  const convolution = (n: number, bottom: string, outputs: number) => `
    layer { name: "conv${n}" type: "Convolution" bottom: "${bottom}" top: "conv${n}" ${learns}
      convolution_param { num_output: ${outputs} kernel_size: 5 ${xavier} } }
    ${activation(n, `conv${n}`)}
    layer { name: "pool${n}" type: "Pooling" bottom: "conv${n}" top: "pool${n}"
      pooling_param { pool: MAX kernel_size: 2 stride: 2 } }`
  const product = (n: number, bottom: string, outputs: number) => `
    layer { name: "ip${n}" type: "InnerProduct" bottom: "${bottom}" top: "ip${n}" ${learns}
      inner_product_param { num_output: ${outputs} ${xavier} } }`
  return parseNet(
    `name: "LeNet"
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: ${batch} dim: ${channels} dim: ${size} dim: ${size} } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: ${batch} } } }
    ${convolution(1, "data", 20)}
    ${convolution(2, "pool1", 50)}
    ${product(1, "pool2", 500)}
    ${activation(3, "ip1")}
    ${product(2, "ip1", classes)}
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
    layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy" include { phase: TEST } }`,
    { phase: "TRAIN" },
  )
}
