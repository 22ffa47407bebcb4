import { parseNet } from "../../caffe/index.js"
import type { Net } from "../../net/index.js"

/**
 * Caffe's LeNet for MNIST (LeCun et al. 1998) with a PReLU, in place, behind each layer but the last: the net of the experiments. At phase
 * TRAIN, without weights: a training fills them.
 */
export function lenet({ batch = 64 }: { readonly batch?: number } = {}): Net {
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
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: ${batch} dim: 1 dim: 28 dim: 28 } } }
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: ${batch} } } }
    ${convolution(1, "data", 20)}
    ${convolution(2, "pool1", 50)}
    ${product(1, "pool2", 500)}
    ${activation(3, "ip1")}
    ${product(2, "ip1", 10)}
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
    layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy" include { phase: TEST } }`,
    { phase: "TRAIN" },
  )
}
