import { type Case, oneLayer } from "./one-layer.js"

/** A variance is positive, and the smallest are of eps's size. */
const variance = (at: number) => (data: Float32Array, role: string, index: number) => {
  if (role === "blob" && index === at) data.set(data.map((v, i) => Math.abs(v) * 10 ** (-2 * i)))
}

/** Places as a pooling's mask has them: every value in the 2x2 window above its own place. */
const pooled = (height: number, width: number) => (data: Float32Array, role: string, index: number) => {
  if (role !== "bottom" || index !== 1) return
  data.set(
    data.map((_, i) => {
      const [y, x] = [Math.floor(i / width) % height, i % width]
      return (2 * y + ((i * 7) % 2)) * 2 * width + 2 * x + ((i * 5) % 3 > 0 ? 1 : 0)
    }),
  )
}

const anywhere = (size: number) => (data: Float32Array, role: string, index: number) => {
  if (role === "bottom" && index === 1) data.set(data.map((_, i) => (i * 7919) % size))
}

const norm = (param: object, bottom: number[], scale: number[]) => ({
  message: { norm_param: param },
  bottoms: [bottom],
  blobs: [scale],
})

const interp = (param: object, ...bottoms: number[][]) => ({ message: { interp_param: param }, bottoms })

const upsample = (param: object, bottom: number[], fill: ReturnType<typeof anywhere>) => ({
  message: { upsample_param: param },
  bottoms: [bottom, bottom],
  fill,
})

/** The layer types of forks. */
export const forkCases: readonly Case[] = [
  oneLayer("Permute", "channels last", {
    message: { permute_param: { order: [0, 2, 3, 1] } },
    bottoms: [[2, 3, 4, 5]],
  }),
  oneLayer("Permute", "reversed, five axes", {
    message: { permute_param: { order: [4, 3, 2, 1, 0] } },
    bottoms: [[2, 3, 2, 4, 3]],
  }),
  oneLayer("Permute", "nothing", { bottoms: [[2, 3]] }),
  oneLayer(
    "Normalize",
    "per position",
    norm({ across_spatial: false, channel_shared: false }, [2, 5, 3, 4], [5]),
  ),
  oneLayer("Normalize", "per image", norm({}, [2, 5, 3, 4], [])),
  oneLayer(
    "Normalize",
    "per image, one scale a channel",
    norm({ channel_shared: false, eps: 0.1 }, [2, 5, 7], [5]),
  ),
  oneLayer("Normalize", "two axes", norm({ across_spatial: false }, [3, 6], [])),
  oneLayer("Normalize", "more than 1,000 channels", norm({ across_spatial: false }, [1, 1501, 2], [])),
  oneLayer("PriorBox", "boxes and variances", {
    message: {
      prior_box_param: {
        min_size: [30, 60],
        max_size: [60, 111],
        aspect_ratio: [2, 3],
        variance: [0.1, 0.1, 0.2, 0.2],
        clip: true,
      },
    },
    bottoms: [
      [1, 8, 5, 7],
      [1, 3, 300, 300],
    ],
  }),
  oneLayer("Interp", "larger", interp({ height: 7, width: 9 }, [2, 3, 4, 5])),
  oneLayer(
    "Interp",
    "smaller, cropped",
    interp({ shrink_factor: 3, pad_beg: -1, pad_end: -2 }, [2, 3, 12, 13]),
  ),
  oneLayer("Interp", "one row", interp({ height: 1, width: 6 }, [1, 2, 4, 3])),
  oneLayer("Interp", "one pixel to many", interp({ height: 6, width: 6 }, [2, 3, 1, 1])),
  oneLayer("Interp", "the size stays, cropped", interp({ height: 3, width: 3, pad_beg: -1 }, [2, 3, 4, 4])),
  oneLayer("Interp", "size of a second bottom", interp({}, [1, 3, 4, 5], [1, 1, 13, 17])),
  oneLayer("Interp", "large enough for several threads", interp({ zoom_factor: 8 }, [1, 3, 9, 10])),
  ...[
    [2, 3],
    [2, 3, 1, 1],
  ].map((a) =>
    oneLayer("Axpy", `factors ${a.join("x")}`, {
      bottoms: [a, [2, 3, 4, 5], [2, 3, 4, 5]],
    }),
  ),
  oneLayer("Axpy", "two axes", {
    bottoms: [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
  }),
  oneLayer("ShuffleChannel", "three groups", {
    message: { shuffle_channel_param: { group: 3 } },
    bottoms: [[2, 12, 3, 4]],
  }),
  oneLayer("ShuffleChannel", "one group, no kernel", { bottoms: [[2, 4, 3]] }),
  oneLayer("ReLU6", "both sides", { bottoms: [[2, 30]], fill: (data) => data.set(data.map((v) => v * 5)) }),
  oneLayer("BN", "scale and shift", {
    message: { bn_param: { bn_mode: "INFERENCE" } },
    bottoms: [[2, 4, 3, 5]],
    blobs: [
      [1, 4, 1, 1],
      [1, 4, 1, 1],
    ],
  }),
  oneLayer("BN", "stored statistics", {
    bottoms: [[2, 4, 3, 5]],
    blobs: [
      [1, 4],
      [1, 4],
      [1, 4],
      [1, 4],
    ],
    fill: variance(3),
  }),
  oneLayer("BatchNorm", "scale and bias within, two axes", {
    bottoms: [[3, 5]],
    blobs: [[5], [5], [1], [5], [5]],
    fill: variance(1),
  }),
  oneLayer("Upsample", "a pooling's mask", upsample({ scale: 2 }, [2, 3, 4, 5], pooled(4, 5))),
  oneLayer("Upsample", "any mask, several values for a place", upsample({}, [2, 3, 4, 5], anywhere(80))),
  oneLayer("Upsample", "stated size", upsample({ upsample_h: 7, upsample_w: 9 }, [1, 2, 3, 4], anywhere(63))),
  oneLayer("Upsample", "large enough for several threads", upsample({}, [1, 2, 24, 31], pooled(24, 31))),
  oneLayer("Python", "spatial dropout", {
    message: {
      python_param: {
        module: "spatial_dropout",
        layer: "SpatialDropoutLayer",
        param_str: "{'phase': 'TEST', 'p': '0.1'}",
      },
    },
    bottoms: [[2, 3, 4, 5]],
  }),
]

/** Masks with one place that the top does not have, in the second of two planes. */
export const wrongMasks: readonly Case[] = [-1, 16].map((place) =>
  oneLayer("Upsample", `place ${place}`, {
    bottoms: [
      [1, 2, 2, 2],
      [1, 2, 2, 2],
    ],
    fill: (data, role, index) => role === "bottom" && index === 1 && data.set([0, 1, 2, 3, 4, 5, place, 7]),
  }),
)
