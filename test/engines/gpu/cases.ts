import { elementwiseAndShapeCases } from "./elementwise-and-shape-cases.js"
import { forkCases } from "./fork-cases.js"
import { lossCases } from "./loss-cases.js"
import { type Case, oneLayer } from "./one-layer.js"
import { recurrentCases } from "./recurrent-cases.js"

const convolution = (
  param: object,
  bottom: number[],
  weight: number[],
  more: { bottoms?: number; bias?: boolean } = {},
) => ({
  message: { convolution_param: { num_output: weight[0], bias_term: more.bias ?? true, ...param } },
  bottoms: Array.from({ length: more.bottoms ?? 1 }, () => bottom),
  tops: more.bottoms ?? 1,
  blobs: more.bias === false ? [weight] : [weight, [weight[0]!]],
})

const deconvolution = (param: object, bottom: number[], weight: number[], outputs: number, bias = true) => ({
  message: { convolution_param: { num_output: outputs, bias_term: bias, ...param } },
  bottoms: [bottom],
  blobs: bias ? [weight, [outputs]] : [weight],
})

const lrn = (param: object, bottom: number[]) => ({ message: { lrn_param: param }, bottoms: [bottom] })

const mvn = (param: object, bottom: number[]) => ({ message: { mvn_param: param }, bottoms: [bottom] })

const innerProduct = (param: object, bottom: number[], weight: number[], outputs: number) => ({
  message: { inner_product_param: { num_output: outputs, ...param } },
  bottoms: [bottom],
  blobs: [weight, [outputs]],
})

const pooling = (param: object, bottom: number[], tops = 1) => ({
  message: { pooling_param: param },
  bottoms: [bottom],
  tops,
})

const batchNorm = (bottom: number[], factor: number) => ({
  bottoms: [bottom],
  blobs: [[bottom[1]!], [bottom[1]!], [1]],
  fill: (data: Float32Array, role: string, index: number) => {
    if (role === "blob" && index === 1)
      for (let i = 0; i < data.length; i++) data[i] = Math.abs(data[i]!) * 10 ** (-2 * i)
    if (role === "blob" && index === 2) data[0] = factor
  },
})

/** Every layer type with a kernel, and the parameters that change its kernel. */
export const cases: readonly Case[] = [
  oneLayer("Convolution", "3x3, one image", convolution({ kernel_size: [3] }, [1, 3, 12, 12], [10, 3, 3, 3])),
  oneLayer(
    "Convolution",
    "1x1, many channels",
    convolution({ kernel_size: [1] }, [2, 16, 5, 7], [6, 16, 1, 1]),
  ),
  oneLayer(
    "Convolution",
    "pad and stride",
    convolution({ kernel_size: [5], pad: [2], stride: [2] }, [2, 3, 11, 9], [4, 3, 5, 5]),
  ),
  oneLayer(
    "Convolution",
    "1x1 with stride",
    convolution({ kernel_size: [1], stride: [2] }, [1, 5, 8, 8], [3, 5, 1, 1]),
  ),
  oneLayer(
    "Convolution",
    "dilation",
    convolution({ kernel_size: [3], dilation: [2], pad: [2] }, [1, 4, 9, 10], [5, 4, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "kernel, pad and stride per axis",
    convolution(
      { kernel_h: 3, kernel_w: 1, pad_h: 1, pad_w: 2, stride_h: 2, stride_w: 3 },
      [1, 2, 9, 10],
      [3, 2, 3, 1],
    ),
  ),
  oneLayer(
    "Convolution",
    "two groups, two images",
    convolution({ kernel_size: [3], group: 2, pad: [1] }, [2, 6, 6, 5], [8, 3, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "depthwise",
    convolution({ kernel_size: [3], group: 6 }, [1, 6, 7, 7], [6, 1, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "groups, one position",
    convolution({ kernel_size: [3], group: 3 }, [2, 6, 3, 3], [9, 2, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "no bias",
    convolution({ kernel_size: [2] }, [1, 3, 4, 4], [2, 3, 2, 2], { bias: false }),
  ),
  oneLayer("Convolution", "one position", convolution({ kernel_size: [4] }, [3, 8, 4, 4], [6, 8, 4, 4])),
  oneLayer(
    "Convolution",
    "more taps than are unrolled",
    convolution({ kernel_size: [12] }, [1, 2, 14, 15], [3, 2, 12, 12]),
  ),
  oneLayer(
    "Convolution",
    "fan-in above 1,000",
    convolution({ kernel_size: [3] }, [1, 1200, 3, 4], [2, 1200, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "more than 1,000 channels, loop not unrolled",
    convolution({ kernel_size: [5] }, [1, 1031, 5, 5], [2, 1031, 5, 5]),
  ),
  oneLayer("Convolution", "one axis", convolution({ kernel_size: [3], pad: [1] }, [2, 4, 17], [5, 4, 3])),
  oneLayer(
    "Convolution",
    "three axes",
    convolution({ kernel_size: [2], pad: [1], stride: [2] }, [1, 2, 5, 4, 6], [3, 2, 2, 2, 2]),
  ),
  oneLayer(
    "Convolution",
    "two bottoms",
    convolution({ kernel_size: [3], pad: [1] }, [1, 2, 5, 5], [3, 2, 3, 3], { bottoms: 2 }),
  ),
  oneLayer(
    "Convolution",
    "large enough for several threads",
    convolution({ kernel_size: [3] }, [1, 2, 66, 71], [3, 2, 3, 3]),
  ),
  oneLayer(
    "Convolution",
    "more positions than one WebGPU dispatch",
    convolution({ kernel_size: [1] }, [1, 1, 730, 730], [2, 1, 1, 1]),
  ),
  oneLayer(
    "Deconvolution",
    "pad and stride",
    deconvolution({ kernel_size: [4], stride: [2], pad: [1] }, [2, 3, 5, 6], [3, 4, 4, 4], 4),
  ),
  oneLayer(
    "Deconvolution",
    "two groups, two images",
    deconvolution({ kernel_size: [3], stride: [2], group: 2 }, [2, 4, 5, 6], [4, 3, 3, 3], 6),
  ),
  oneLayer(
    "Deconvolution",
    "outputs that no tap reaches, no bias",
    deconvolution({ kernel_size: [2], stride: [3] }, [1, 3, 4, 4], [3, 2, 2, 2], 2, false),
  ),
  oneLayer(
    "Deconvolution",
    "dilation, kernel per axis",
    deconvolution(
      { kernel_h: 3, kernel_w: 2, dilation: [2], stride_h: 1, stride_w: 3, pad_h: 1 },
      [1, 2, 5, 4],
      [2, 3, 3, 2],
      3,
    ),
  ),
  oneLayer(
    "Deconvolution",
    "bilinear upsampling, one channel a group",
    deconvolution(
      { kernel_size: [8], stride: [4], pad: [2], group: 5 },
      [1, 5, 9, 7],
      [5, 1, 8, 8],
      5,
      false,
    ),
  ),
  oneLayer(
    "Deconvolution",
    "three axes",
    deconvolution({ kernel_size: [2], stride: [2] }, [1, 2, 3, 4, 2], [2, 3, 2, 2, 2], 3),
  ),
  oneLayer(
    "Deconvolution",
    "more than 1,000 channels",
    deconvolution({ kernel_size: [2], stride: [2] }, [1, 1031, 2, 3], [1031, 2, 2, 2], 2),
  ),
  oneLayer("LRN", "across channels", lrn({ local_size: 5, alpha: 0.1 }, [2, 7, 5, 6])),
  oneLayer("LRN", "across fewer channels than the window", lrn({ local_size: 7, k: 2 }, [1, 3, 4, 4])),
  oneLayer(
    "LRN",
    "within a channel",
    lrn({ local_size: 3, alpha: 0.2, norm_region: "WITHIN_CHANNEL", k: 7 }, [2, 3, 6, 5]),
  ),
  oneLayer("LRN", "beta below 0", lrn({ beta: -0.5, alpha: 1e-4 }, [1, 6, 3, 3])),
  oneLayer("MVN", "per plane", mvn({}, [2, 3, 5, 7])),
  oneLayer("MVN", "mean only", mvn({ normalize_variance: false }, [2, 3, 5, 7])),
  oneLayer("MVN", "across channels", mvn({ across_channels: true, eps: 0.01 }, [2, 3, 4, 6])),
  oneLayer("MVN", "more than 1,000 values, two axes", mvn({ across_channels: true }, [2, 1300])),
  oneLayer("InnerProduct", "two images", innerProduct({}, [2, 3, 4, 5], [7, 60], 7)),
  oneLayer("InnerProduct", "transposed weights", innerProduct({ transpose: true }, [3, 10], [10, 4], 4)),
  oneLayer("InnerProduct", "axis 2", innerProduct({ axis: 2 }, [2, 3, 5], [4, 5], 4)),
  oneLayer("InnerProduct", "axis from the end, no bias", {
    message: { inner_product_param: { num_output: 4, axis: -1, bias_term: false } },
    bottoms: [[2, 3, 6]],
    blobs: [[4, 6]],
  }),
  oneLayer("InnerProduct", "more than 1,000 odd inputs", innerProduct({}, [1, 3001], [2, 3001], 2)),
  oneLayer("Pooling", "MAX", pooling({ pool: "MAX", kernel_size: 2, stride: 2 }, [2, 3, 8, 6])),
  oneLayer(
    "Pooling",
    "MAX, last window leaves the image",
    pooling({ pool: "MAX", kernel_size: 3, stride: 2 }, [1, 3, 8, 10]),
  ),
  oneLayer(
    "Pooling",
    "MAX with pad",
    pooling({ pool: "MAX", kernel_size: 3, stride: 2, pad: 1 }, [1, 3, 7, 7]),
  ),
  oneLayer("Pooling", "MAX with mask", pooling({ pool: "MAX", kernel_size: 3, stride: 2 }, [2, 2, 7, 8], 2)),
  oneLayer(
    "Pooling",
    "MAX, empty last window",
    pooling({ pool: "MAX", kernel_size: 1, stride: 3 }, [1, 2, 5, 5], 2),
  ),
  oneLayer("Pooling", "AVE", pooling({ pool: "AVE", kernel_size: 2, stride: 2 }, [1, 3, 6, 6])),
  oneLayer(
    "Pooling",
    "AVE with pad",
    pooling({ pool: "AVE", kernel_size: 3, stride: 2, pad: 1 }, [1, 3, 8, 7]),
  ),
  oneLayer("Pooling", "AVE, global", pooling({ pool: "AVE", global_pooling: true }, [2, 5, 7, 9])),
  oneLayer(
    "Pooling",
    "AVE, global, more than 1,000 values",
    pooling({ pool: "AVE", global_pooling: true }, [1, 2, 2, 1030]),
  ),
  oneLayer("BatchNorm", "per channel", batchNorm([2, 4, 3, 5], 1)),
  oneLayer("BatchNorm", "correction factor", batchNorm([1, 4, 3, 5], 999.98236)),
  oneLayer("BatchNorm", "correction factor 0", batchNorm([1, 4, 2, 2], 0)),
  oneLayer("BatchNorm", "two axes", batchNorm([3, 5], 1)),
  oneLayer("BatchNorm", "statistics of the batch", {
    ...batchNorm([3, 4, 5, 6], 1),
    message: { batch_norm_param: { use_global_stats: false } },
  }),
  oneLayer("Scale", "per channel", { bottoms: [[2, 3, 4, 5]], blobs: [[3]] }),
  oneLayer("Scale", "bias", {
    message: { scale_param: { bias_term: true } },
    bottoms: [[2, 3, 4, 5]],
    blobs: [[3], [3]],
  }),
  oneLayer("Scale", "every axis from 1", {
    message: { scale_param: { num_axes: -1, bias_term: true } },
    bottoms: [[2, 3, 4]],
    blobs: [
      [3, 4],
      [3, 4],
    ],
  }),
  oneLayer("Scale", "two bottoms", {
    message: { scale_param: { axis: 0 } },
    bottoms: [
      [2, 3, 4],
      [2, 3],
    ],
  }),
  oneLayer("Scale", "two bottoms and bias", {
    message: { scale_param: { axis: 1, bias_term: true } },
    bottoms: [[2, 3, 4], [3]],
    blobs: [[3]],
  }),
  oneLayer("ReLU", "plain", { bottoms: [[2, 3, 4, 5]] }),
  oneLayer("ReLU", "leaky", { message: { relu_param: { negative_slope: 0.1 } }, bottoms: [[2, 3, 4, 5]] }),
  oneLayer("ReLU", "negative slope below 0", {
    message: { relu_param: { negative_slope: -0.3 } },
    bottoms: [[7]],
  }),
  oneLayer("PReLU", "per channel", { bottoms: [[2, 5, 3, 4]], blobs: [[5]] }),
  oneLayer("PReLU", "more positions than one WebGPU dispatch", { bottoms: [[2, 2, 730, 730]], blobs: [[2]] }),
  oneLayer("PReLU", "shared", {
    message: { prelu_param: { channel_shared: true } },
    bottoms: [[2, 5, 3]],
    blobs: [[]],
  }),
  oneLayer("PReLU", "two axes", { bottoms: [[3, 6]], blobs: [[6]] }),
  oneLayer("Eltwise", "SUM", {
    bottoms: [
      [2, 3, 5],
      [2, 3, 5],
    ],
  }),
  oneLayer("Eltwise", "SUM with coefficients", {
    message: { eltwise_param: { operation: "SUM", coeff: [-1, 0.3, 2e-7] } },
    bottoms: [[11], [11], [11]],
  }),
  oneLayer("Eltwise", "PROD", {
    message: { eltwise_param: { operation: "PROD" } },
    bottoms: [
      [3, 7],
      [3, 7],
      [3, 7],
    ],
  }),
  oneLayer("Eltwise", "MAX", {
    message: { eltwise_param: { operation: "MAX" } },
    bottoms: [
      [3, 7],
      [3, 7],
      [3, 7],
    ],
  }),
  oneLayer("Eltwise", "SUM of more bottoms than one kernel reads", {
    message: { eltwise_param: { operation: "SUM", coeff: Array.from({ length: 16 }, (_, i) => i - 4.5) } },
    bottoms: Array.from({ length: 16 }, () => [2, 9]),
  }),
  oneLayer("Softmax", "two axes", { bottoms: [[4, 10]] }),
  oneLayer("Softmax", "channels of an image", { bottoms: [[2, 5, 3, 4]] }),
  oneLayer("Softmax", "last axis", { message: { softmax_param: { axis: -1 } }, bottoms: [[2, 3, 7]] }),
  oneLayer("Softmax", "more than 1,000 channels", { bottoms: [[1, 1500, 2]] }),
  oneLayer("Concat", "channels", {
    bottoms: [
      [2, 3, 2, 4],
      [2, 1, 2, 4],
      [2, 5, 2, 4],
    ],
  }),
  oneLayer("Concat", "images", {
    message: { concat_param: { axis: 0 } },
    bottoms: [
      [2, 3, 4],
      [1, 3, 4],
    ],
  }),
  oneLayer("Concat", "last axis", {
    message: { concat_param: { axis: -1 } },
    bottoms: [
      [2, 3],
      [2, 4],
    ],
  }),
  oneLayer("Concat", "more bottoms than one kernel reads", {
    bottoms: Array.from({ length: 15 }, (_, i) => [2, 1 + (i % 3), 3]),
  }),
  oneLayer("Dropout", "a copy at TEST", { bottoms: [[2, 3]] }),
  oneLayer("Dropout", "scaled at TEST", {
    message: { dropout_param: { dropout_ratio: 0.3, scale_train: false } },
    bottoms: [[2, 3]],
  }),
  oneLayer("Split", "two tops", { bottoms: [[2, 3]], tops: 2 }),
  ...elementwiseAndShapeCases,
  ...forkCases,
  ...lossCases,
  ...recurrentCases,
]
