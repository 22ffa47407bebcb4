import { type Case, oneLayer } from "./one-layer.js"

/** Values of both signs from 1e-12 to 100 in size. */
const spread = (data: Float32Array) => {
  for (let i = 0; i < data.length; i++) data[i] = (i % 2 ? -1 : 1) * 10 ** (2 - (14 * i) / data.length)
}

const positive = (data: Float32Array) => {
  spread(data)
  for (let i = 0; i < data.length; i++) data[i] = i % 3 ? Math.abs(data[i]!) : 1 + data[i]! / 1000
}

const below = (limit: number) => (data: Float32Array) => {
  for (let i = 0; i < data.length; i++) data[i] = Math.max(-limit, Math.min(data[i]!, limit))
}

/** The layer types of one value, of sums, and of shapes. */
export const elementwiseAndShapeCases: readonly Case[] = [
  ...["AbsVal", "BNLL", "ELU", "Sigmoid", "Swish", "TanH", "Threshold"].map((type) =>
    oneLayer(type, "plain", { bottoms: [[2, 3, 4, 5]] }),
  ),
  ...["BNLL", "ELU", "Sigmoid", "Swish", "TanH"].map((type) =>
    oneLayer(type, "from tiny to large", { bottoms: [[400]], fill: spread }),
  ),
  oneLayer("ELU", "alpha", { message: { elu_param: { alpha: 0.3 } }, bottoms: [[2, 30]] }),
  oneLayer("Swish", "beta", { message: { swish_param: { beta: -1.7 } }, bottoms: [[2, 30]] }),
  oneLayer("Threshold", "above 0", {
    message: { threshold_param: { threshold: 0.1 } },
    bottoms: [[2, 30]],
  }),
  oneLayer("Clip", "both sides", { message: { clip_param: { min: -1.1, max: 0.7 } }, bottoms: [[2, 30]] }),
  oneLayer("Exp", "base e", { bottoms: [[2, 30]], fill: below(80) }),
  oneLayer("Exp", "base, scale and shift", {
    message: { exp_param: { base: 2, scale: 0.5, shift: -1 } },
    bottoms: [[2, 30]],
    fill: below(80),
  }),
  oneLayer("Log", "base e", { bottoms: [[400]], fill: positive }),
  oneLayer("Log", "base, scale and shift", {
    message: { log_param: { base: 10, scale: 2, shift: 1 } },
    bottoms: [[400]],
    fill: positive,
  }),
  oneLayer("Power", "scale and shift", {
    message: { power_param: { scale: -1.5, shift: 2 } },
    bottoms: [[2, 30]],
  }),
  oneLayer("Power", "constant", { message: { power_param: { power: 0, scale: 3 } }, bottoms: [[2, 3]] }),
  ...[2, 3, 9, 10].map((power) =>
    oneLayer("Power", `to the ${power}`, {
      message: { power_param: { power, scale: 0.5, shift: -1 } },
      bottoms: [[2, 30]],
    }),
  ),
  ...[0.5, -0.5, 0.75, 2.5, -1, -2].map((power) =>
    oneLayer("Power", `to the ${power}`, {
      message: { power_param: { power, shift: 0.1 } },
      bottoms: [[400]],
      fill: positive,
    }),
  ),
  oneLayer("Bias", "per channel", { bottoms: [[2, 3, 4, 5]], blobs: [[3]] }),
  oneLayer("Bias", "every axis from 2", {
    message: { bias_param: { axis: 2, num_axes: -1 } },
    bottoms: [[2, 3, 4, 5]],
    blobs: [[4, 5]],
  }),
  oneLayer("Bias", "one number", {
    message: { bias_param: { num_axes: 0 } },
    bottoms: [[2, 3, 4]],
    blobs: [[]],
  }),
  oneLayer("Bias", "two bottoms", {
    bottoms: [
      [2, 3, 4, 5],
      [3, 4],
    ],
  }),
  ...["SUM", "ASUM", "SUMSQ", "MEAN"].flatMap((operation) => [
    oneLayer("Reduction", `${operation} of everything`, {
      message: { reduction_param: { operation } },
      bottoms: [[3, 5, 7, 11]],
    }),
    oneLayer("Reduction", `${operation} of two axes with a coefficient`, {
      message: { reduction_param: { operation, axis: 2, coeff: -0.3 } },
      bottoms: [[3, 5, 7, 11]],
    }),
  ]),
  oneLayer("ArgMax", "of an image", { bottoms: [[3, 7, 2]] }),
  oneLayer("ArgMax", "three largest", { message: { argmax_param: { top_k: 3 } }, bottoms: [[3, 7, 2]] }),
  oneLayer("ArgMax", "positions and values", {
    message: { argmax_param: { top_k: 2, out_max_val: true } },
    bottoms: [[3, 7, 2, 2]],
  }),
  oneLayer("ArgMax", "every rank of equal values", {
    message: { argmax_param: { top_k: 6, axis: 1 } },
    bottoms: [[2, 6, 3]],
    fill: (data) => data.set(data.map(Math.sign)),
  }),
  oneLayer("ArgMax", "values along an axis", {
    message: { argmax_param: { axis: 2, top_k: 2, out_max_val: true } },
    bottoms: [[2, 5, 3, 2]],
  }),
  oneLayer("ArgMax", "more than 1,000 candidates", { bottoms: [[2, 1501]] }),
  oneLayer("Flatten", "no kernel", { bottoms: [[2, 3, 4]] }),
  oneLayer("Reshape", "no kernel", {
    message: { reshape_param: { shape: { dim: [0, -1, 2] } } },
    bottoms: [[2, 3, 4]],
  }),
  oneLayer("Slice", "points", {
    message: { slice_param: { slice_point: [1, 3] } },
    bottoms: [[2, 6, 4, 3]],
    tops: 3,
  }),
  oneLayer("Slice", "equal parts of the first axis", {
    message: { slice_param: { slice_dim: 0 } },
    bottoms: [[4, 3]],
    tops: 2,
  }),
  oneLayer("Slice", "last axis", { message: { slice_param: { axis: -1 } }, bottoms: [[2, 3, 6]], tops: 3 }),
  oneLayer("Crop", "two offsets", {
    message: { crop_param: { offset: [1, 3] } },
    bottoms: [
      [2, 4, 8, 9],
      [2, 3, 5, 4],
    ],
  }),
  oneLayer("Crop", "every axis", {
    message: { crop_param: { axis: 0, offset: [1] } },
    bottoms: [
      [3, 4, 8, 9],
      [2, 3, 5, 4],
    ],
  }),
  oneLayer("Crop", "five axes", {
    message: { crop_param: { axis: 0, offset: [0, 1, 1, 2, 0] } },
    bottoms: [
      [3, 4, 5, 6, 7],
      [2, 3, 3, 3, 5],
    ],
  }),
  oneLayer("Crop", "nothing", {
    bottoms: [
      [2, 3],
      [2, 3],
    ],
    message: { crop_param: { axis: 1 } },
  }),
  oneLayer("Tile", "channels", { message: { tile_param: { tiles: 3 } }, bottoms: [[2, 3, 4]] }),
  oneLayer("Tile", "last axis of one", {
    message: { tile_param: { axis: -1, tiles: 5 } },
    bottoms: [[7, 1]],
  }),
  oneLayer("Parameter", "its blob", {
    message: { parameter_param: { shape: { dim: [2, 3] } } },
    bottoms: [],
    blobs: [[2, 3]],
  }),
  oneLayer("Embed", "bias", {
    message: { embed_param: { num_output: 5, input_dim: 7 } },
    bottoms: [[3, 4]],
    blobs: [[7, 5], [5]],
    fill: (data, role) => role === "bottom" && data.set(data.map((_, i) => i % 7)),
  }),
  oneLayer("Embed", "no bias", {
    message: { embed_param: { num_output: 5, input_dim: 7, bias_term: false } },
    bottoms: [[9]],
    blobs: [[7, 5]],
    fill: (data, role) => role === "bottom" && data.set(data.map((_, i) => (i * 3) % 7)),
  }),
  oneLayer("Im2col", "pad and stride", {
    message: { convolution_param: { kernel_size: [3], stride: [2], pad: [1] } },
    bottoms: [[2, 3, 6, 7]],
  }),
  oneLayer("Im2col", "one axis, dilation", {
    message: { convolution_param: { kernel_size: [3], dilation: [2] } },
    bottoms: [[2, 3, 9]],
  }),
  ...["MAX", "AVE"].map((pool) =>
    oneLayer("SPP", `three levels, ${pool}`, {
      message: { spp_param: { pyramid_height: 3, pool } },
      bottoms: [[2, 3, 10, 13]],
    }),
  ),
  oneLayer("SPP", "one level", { message: { spp_param: { pyramid_height: 1 } }, bottoms: [[2, 3, 4, 5]] }),
  oneLayer("SPP", "more levels than one kernel reads", {
    message: { spp_param: { pyramid_height: 8 } },
    bottoms: [[1, 1, 128, 128]],
  }),
  oneLayer("BatchReindex", "some twice", {
    bottoms: [[4, 3, 2], [6]],
    fill: (data, role, index) => role === "bottom" && index === 1 && data.set([3, 0, 0, 1, 3, 2]),
  }),
  oneLayer("DummyData", "two tops", {
    message: {
      dummy_data_param: {
        shape: [{ dim: [2, 3] }, { dim: [4] }],
        data_filler: [{ value: 0.1 }, { type: "constant", value: -3 }],
      },
    },
    bottoms: [],
    tops: 2,
  }),
]
