import { describe, expect, test } from "vitest"
import { layerTypeOf, refusalOf, supportedTypes } from "../../src/layers/index.js"
import { makeValue } from "../../src/net/index.js"
import { type Checked, gradientGaps } from "./gradient-check.js"
import { blobOf } from "./run-layer.js"

const image = "image" as const
const labels = (...values: number[]) => blobOf([values.length], ...values)
const spatialDropout = {
  python_param: {
    module: "spatial_dropout",
    layer: "SpatialDropoutLayer",
    param_str: "{'phase': 'TEST', 'p': 0.2}",
  },
}
const train = { phase: "TRAIN" }

/** Every layer type that has a backward pass, in the variants that compute differently. */
const checks: readonly Checked[] = [
  ...["AbsVal", "BNLL", "ELU", "PReLU", "ReLU", "ReLU6", "Sigmoid", "Swish", "TanH", "Softmax", "MVN"].map(
    (type) => ({ type, bottoms: [image] }),
  ),
  { type: "Clip", message: { clip_param: { min: -1, max: 1 } }, bottoms: [image] },
  { type: "ELU", message: { elu_param: { alpha: 0.3 } }, bottoms: [image] },
  { type: "Swish", message: { swish_param: { beta: 0.7 } }, bottoms: [image] },
  { type: "ReLU", message: { relu_param: { negative_slope: -0.2 } }, bottoms: [image] },
  { type: "PReLU", message: { prelu_param: { channel_shared: true } }, bottoms: [image] },
  { type: "Exp", message: { exp_param: { base: 3, scale: 0.5, shift: 0.3 } }, bottoms: [image] },
  { type: "Exp", bottoms: [image] },
  { type: "Log", bottoms: [image], range: [1, 4] },
  { type: "Log", message: { log_param: { base: 2, scale: 0.5, shift: 3 } }, bottoms: [image] },
  ...[
    { power: 3 },
    { power: 1, scale: 0.5, shift: 1 },
    { power: 2, scale: 0.5, shift: 1 },
    { power: 3, scale: 0.5 },
    { power: 0 },
    { power: 2, scale: -1.5 },
  ].map((power_param) => ({ type: "Power", message: { power_param }, bottoms: [image] })),
  {
    type: "Power",
    message: { power_param: { power: -1.5, scale: 2, shift: 1 } },
    bottoms: [image],
    range: [1, 3],
  },

  {
    type: "Convolution",
    message: { convolution_param: { num_output: 3, kernel_size: [3], pad: [1] } },
    bottoms: [image],
  },
  {
    type: "Convolution",
    message: { convolution_param: { num_output: 4, kernel_size: [2], stride: [2], group: 2, dilation: [2] } },
    bottoms: [image, image],
    tops: 2,
  },
  {
    type: "Convolution",
    message: { convolution_param: { num_output: 2, kernel_size: [2], bias_term: false } },
    bottoms: [[1, 2, 3, 4, 3]],
  },
  {
    type: "ConvolutionDepthwise",
    message: { convolution_param: { num_output: 4, kernel_size: [3], pad: [1] } },
    bottoms: [image],
  },
  {
    type: "DepthwiseConvolution",
    message: { convolution_param: { num_output: 4, kernel_size: [3] } },
    bottoms: [image],
  },
  {
    type: "Deconvolution",
    message: { convolution_param: { num_output: 3, kernel_size: [3], stride: [2], pad: [1] } },
    bottoms: [[2, 4, 3, 2]],
  },
  {
    type: "Deconvolution",
    message: { convolution_param: { num_output: 4, kernel_size: [2], group: 2, dilation: [2] } },
    bottoms: [
      [2, 4, 3, 2],
      [2, 4, 3, 2],
    ],
    tops: 2,
  },
  {
    type: "Im2col",
    message: { convolution_param: { kernel_size: [3], stride: [2], pad: [1] } },
    bottoms: [image],
  },
  { type: "InnerProduct", message: { inner_product_param: { num_output: 5 } }, bottoms: [[3, 4, 2]] },
  {
    type: "InnerProduct",
    message: { inner_product_param: { num_output: 5, axis: 2, transpose: true, bias_term: false } },
    bottoms: [[3, 4, 2]],
  },
  { type: "Embed", message: { embed_param: { num_output: 3, input_dim: 5 } }, bottoms: [labels(0, 4, 2, 4)] },

  { type: "BatchNorm", message: train, bottoms: [image] },
  { type: "BatchNorm", message: train, bottoms: [[6, 3]] },
  { type: "Scale", message: { scale_param: { bias_term: true } }, bottoms: [image] },
  {
    type: "Scale",
    message: { scale_param: { axis: 0 } },
    bottoms: [
      [2, 4, 5, 3],
      [2, 4],
    ],
  },
  { type: "Bias", bottoms: [image] },
  { type: "Bias", message: { bias_param: { axis: 2 } }, bottoms: [[2, 4, 5, 3], [5]] },
  {
    type: "Axpy",
    bottoms: [
      [2, 4],
      [2, 4, 3, 2],
      [2, 4, 3, 2],
    ],
  },
  {
    type: "Normalize",
    message: { norm_param: { across_spatial: false, channel_shared: false } },
    bottoms: [image],
  },
  { type: "Normalize", bottoms: [image] },
  {
    type: "MVN",
    message: { mvn_param: { normalize_variance: false, across_channels: true } },
    bottoms: [image],
  },
  { type: "LRN", message: { lrn_param: { local_size: 3, alpha: 0.7 } }, bottoms: [image] },
  {
    type: "LRN",
    message: { lrn_param: { local_size: 3, alpha: 0.7, norm_region: "WITHIN_CHANNEL" } },
    bottoms: [image],
  },

  { type: "Pooling", message: { pooling_param: { kernel_size: 3, stride: 2 } }, bottoms: [image] },
  { type: "Pooling", message: { pooling_param: { kernel_size: 3, stride: 2, pad: 1 } }, bottoms: [image] },
  {
    type: "Pooling",
    message: { pooling_param: { pool: "AVE", kernel_size: 3, stride: 2, pad: 1 } },
    bottoms: [image],
  },
  { type: "Pooling", message: { pooling_param: { pool: "AVE", global_pooling: true } }, bottoms: [image] },
  { type: "SPP", message: { spp_param: { pyramid_height: 2 } }, bottoms: [image] },
  { type: "SPP", message: { spp_param: { pyramid_height: 1, pool: "AVE" } }, bottoms: [image] },
  { type: "Interp", message: { interp_param: { height: 7, width: 5 } }, bottoms: [image] },
  {
    type: "Interp",
    message: { interp_param: { height: 3, width: 3, pad_beg: -1, pad_end: -1 } },
    bottoms: [[2, 2, 5, 5]],
  },
  {
    type: "Upsample",
    message: { upsample_param: { scale: 2 } },
    bottoms: [[1, 2, 1, 2], blobOf([1, 2, 1, 2], 1, 6, 5, 2)],
  },

  ...(["SUM", "PROD", "MAX"] as const).map((operation) => ({
    type: "Eltwise",
    message: { eltwise_param: { operation } },
    bottoms: [
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ],
  })),
  {
    type: "Eltwise",
    message: { eltwise_param: { coeff: [0.5, -2] } },
    bottoms: [
      [2, 3],
      [2, 3],
    ],
  },
  ...(["SUM", "MEAN", "ASUM", "SUMSQ"] as const).map((operation) => ({
    type: "Reduction",
    message: { reduction_param: { operation, axis: 1, coeff: 1.5 } },
    bottoms: [image],
  })),
  {
    type: "Concat",
    bottoms: [
      [2, 1, 3],
      [2, 4, 3],
    ],
  },
  { type: "Slice", message: { slice_param: { slice_point: [1, 3] } }, bottoms: [image], tops: 3 },
  { type: "Split", bottoms: [image], tops: 3 },
  { type: "Tile", message: { tile_param: { tiles: 3 } }, bottoms: [[2, 4, 3]] },
  {
    type: "Crop",
    message: { crop_param: { axis: 2, offset: [1] } },
    bottoms: [[2, 4, 5, 3], blobOf([2, 4, 2, 2], ...new Array(32).fill(0))],
  },
  { type: "Permute", message: { permute_param: { order: [0, 2, 3, 1] } }, bottoms: [image] },
  { type: "ShuffleChannel", message: { shuffle_channel_param: { group: 2 } }, bottoms: [image] },
  { type: "Reshape", message: { reshape_param: { shape: { dim: [0, -1] } } }, bottoms: [image] },
  { type: "Flatten", bottoms: [image] },
  { type: "BatchReindex", bottoms: [[3, 4], labels(2, 0, 2, 2)] },
  { type: "Dropout", message: train, bottoms: [image] },
  { type: "Dropout", bottoms: [image] },
  {
    type: "Python",
    message: spatialDropout,
    bottoms: [image],
  },
  { type: "BN", message: { bn_param: { bn_mode: "INFERENCE" } }, bottoms: [image] },
  { type: "Parameter", message: { parameter_param: { shape: { dim: [2, 3] } } }, bottoms: [] },

  { type: "SoftmaxWithLoss", bottoms: [[3, 4], labels(0, 3, 1)] },
  {
    type: "SoftmaxWithLoss",
    message: { loss_param: { ignore_label: 2, normalization: "BATCH_SIZE" } },
    bottoms: [[2, 3, 2], blobOf([2, 2], 0, 2, 1, 0)],
  },
  {
    type: "InfogainLoss",
    bottoms: [[3, 3], labels(0, 2, 1), blobOf([3, 3], 1, 0.5, 0, 0.2, 2, 0.3, 0, 0.1, 1)],
  },
  {
    type: "EuclideanLoss",
    bottoms: [
      [3, 4],
      [3, 4],
    ],
  },
  { type: "HingeLoss", bottoms: [[3, 4], labels(0, 3, 1)] },
  { type: "HingeLoss", message: { hinge_loss_param: { norm: "L2" } }, bottoms: [[3, 4], labels(0, 3, 1)] },
  { type: "MultinomialLogisticLoss", bottoms: [[3, 4], labels(0, 3, 1)], range: [0.1, 1] },
  { type: "SigmoidCrossEntropyLoss", bottoms: [[2, 3], blobOf([2, 3], 0, 1, 0.5, 1, 0, 1)] },
  {
    type: "SigmoidCrossEntropyLoss",
    message: { loss_param: { ignore_label: 0, normalization: "VALID" } },
    bottoms: [[2, 3], blobOf([2, 3], 0, 1, 2, 1, 0, 1)],
  },
  {
    type: "ContrastiveLoss",
    message: { contrastive_loss_param: { margin: 9, legacy_version: true } },
    bottoms: [[4, 3], [4, 3], labels(0, 1, 0, 1)],
  },
  // Caffe divides by d + 1e-4; these distances are above 0.5.
  {
    type: "ContrastiveLoss",
    message: { contrastive_loss_param: { margin: 5 } },
    bottoms: [[4, 3], [4, 3], labels(0, 1, 0, 1)],
    off: 2e-4,
  },

  ...["LSTM", "RNN"].flatMap((type) => [
    {
      type,
      message: { recurrent_param: { num_output: 3 } },
      bottoms: [[4, 2, 3], blobOf([4, 2], 0, 0, 1, 1, 1, 0, 1, 1)],
    },
    {
      type,
      message: { recurrent_param: { num_output: 2 } },
      bottoms: [[3, 2, 2], blobOf([3, 2], 0, 0, 1, 1, 1, 1), [2, 4]],
    },
  ]),
  {
    type: "LSTM",
    message: { recurrent_param: { num_output: 3, expose_hidden: true } },
    bottoms: [[3, 2, 2], blobOf([3, 2], 1, 1, 1, 0, 1, 1), [1, 2, 3], [1, 2, 3]],
    tops: 3,
  },
  { type: "LSTMUnit", bottoms: [[1, 3, 2], [1, 3, 8], blobOf([1, 3], 0, 1, 1)], tops: 2 },
]

/** They have no differences to compare with: their diffs are zeros, or they run only in nets of their own. */
const without = ["PriorBox", "Silence"]

describe("a backward pass is the derivative of its forward pass", () => {
  test.each(checks.map((check) => [check.type, check.message ?? {}, check] as const))(
    "%s %j",
    (_type, _message, check) => {
      const gaps = ["a", "b", "c", "d", "e"].flatMap((seed) => gradientGaps(check, seed))
      expect(gaps.length).toBeGreaterThan(0)
      for (const { of, off, bound } of gaps) expect(off, of).toBeLessThanOrEqual(bound)
    },
  )

  test("every layer type that has one is checked", () => {
    const types = supportedTypes().filter((type) => {
      const bottoms = [makeValue("a"), makeValue("b")]
      const layer = { name: type, type, bottoms, tops: [], message: spatialDropout, blobs: [] }
      return refusalOf(layer) === undefined && layerTypeOf(layer).backward !== undefined
    })
    expect([...new Set([...checks.map(({ type }) => type), ...without])].sort()).toEqual(types.sort())
  })
})
