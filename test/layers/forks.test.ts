import { describe, expect, test } from "vitest"
import { callsOf } from "../../src/layers/index.js"
import type { Shape } from "../../src/net/index.js"
import { oneLayer } from "../engines/gpu/one-layer.js"
import { blobOf, type LayerFields, randomBlob, runLayer } from "./run-layer.js"

const run = (fields: LayerFields) => {
  const { shapes, tops, bound } = runLayer(fields)
  return { shape: shapes[0], values: [...tops[0]!], bound: [...bound()[0]!] }
}

const float = Math.fround

/** Values from 0 on: a value is its own place. */
const counted = (shape: Shape) => {
  const blob = randomBlob(shape, "counted")
  return { shape, data: blob.data.map((_, i) => i) }
}

describe("Permute", () => {
  test("SSD's order takes the channels last", () => {
    const message = { permute_param: { order: [0, 2, 3, 1] } }
    const { shape, values } = run({ type: "Permute", message, bottoms: [counted([1, 2, 2, 3])] })
    expect(shape).toEqual([1, 2, 3, 2])
    expect(values).toEqual([0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11])
  })

  test("axes that are not named follow in their own order", () => {
    const message = { permute_param: { order: [2] } }
    const { shape, values } = run({ type: "Permute", message, bottoms: [counted([2, 1, 3])] })
    expect(shape).toEqual([3, 2, 1])
    expect(values).toEqual([0, 3, 1, 4, 2, 5])
  })
})

describe("Normalize", () => {
  const x = blobOf([1, 2, 1, 2], 3, 0, 4, -5)

  test("divides by the norm of the channels at a position", () => {
    const message = { norm_param: { across_spatial: false, channel_shared: false, eps: 0 } }
    const { values } = run({ type: "Normalize", message, bottoms: [x], blobs: [blobOf([2], 10, 20)] })
    // (3, 4) has norm 5, (0, -5) too.
    expect(values).toEqual([float(0.6) * 10, 0, float(0.8) * 20, -20].map(float))
  })

  test("divides by the norm of the image, with one scale, by default", () => {
    const { values } = run({
      type: "Normalize",
      bottoms: [blobOf([2, 2], 3, 4, 6, 8)],
      blobs: [blobOf([], 2)],
    })
    const fifth = float(1 / 5)
    expect(values.slice(0, 2)).toEqual([float(3 * fifth) * 2, float(4 * fifth) * 2])
    expect(values.slice(2)).toEqual([float(6 * float(0.1)) * 2, float(8 * float(0.1)) * 2])
  })

  test("eps keeps zeros zero", () => {
    const { values, bound } = run({
      type: "Normalize",
      bottoms: [blobOf([1, 3], 0, 0, 0)],
      blobs: [blobOf([], 20)],
    })
    expect(values).toEqual([0, 0, 0])
    expect(Math.max(...bound)).toBeLessThan(2 ** -100)
  })

  test("its bound holds for bottoms that are off", () => {
    const message = { norm_param: { across_spatial: false } }
    const bottom = randomBlob([2, 5, 3, 3], "normalize")
    const layer = runLayer({ type: "Normalize", message, bottoms: [bottom], blobs: [blobOf([], 20)] })
    const off = bottom.data.map((v, i) => v + (i % 2 ? -1 : 1) * 1e-3 * Math.abs(v))
    const errors = bottom.data.reduce(
      (e, v, i) => e.fill(Math.abs(off[i]! - v), i, i + 1),
      new Float64Array(off.length),
    )
    const bound = layer.bound([errors])[0]!
    layer.forward([off])[0]!.forEach((v, i) => {
      expect(Math.abs(v - layer.tops[0]![i]!)).toBeLessThanOrEqual(bound[i]!)
    })
    expect(Math.max(...bound)).toBeLessThan(1)
  })
})

describe("PriorBox", () => {
  const bottoms = [blobOf([1, 1, 1, 2], 0, 0), randomBlob([1, 3, 50, 100], "image")]

  test("lays every box around every centre, then their variances", () => {
    const param = { min_size: [20], max_size: [45], aspect_ratio: [4, 1], variance: [0.5, 0.25, 2, 4] }
    const { shape, values } = run({ type: "PriorBox", message: { prior_box_param: param }, bottoms })
    // Sizes 20x20, sqrt(20 45) = 30, 40x10 and 10x40, centres (25, 25) and (75, 25) of an image of 100x50.
    const around = (x: number) =>
      [
        [10, 10],
        [15, 15],
        [20, 5],
        [5, 20],
      ].flatMap(([w, h]) => [(x - w!) / 100, (25 - h!) / 50, (x + w!) / 100, (25 + h!) / 50])
    expect(shape).toEqual([1, 2, 32])
    expect(values).toEqual(
      [...around(25), ...around(75), ...Array.from({ length: 8 }, () => [0.5, 0.25, 2, 4]).flat()].map(float),
    )
  })

  test("clips, takes a stated step and image, keeps sizes whole, and does not flip where told", () => {
    const param = {
      min_size: [40.9],
      aspect_ratio: [4],
      flip: false,
      clip: true,
      img_size: 64,
      step_w: 16,
      step_h: 8,
      offset: 0,
    }
    const { values } = run({ type: "PriorBox", message: { prior_box_param: param }, bottoms })
    const boxes = [
      [0, 0, 20 / 64, 20 / 64],
      [0, 0, 40 / 64, 10 / 64],
      [0, 0, 36 / 64, 20 / 64],
      [0, 0, 56 / 64, 10 / 64],
    ]
    expect(values).toEqual([...boxes.flat(), ...new Array(16).fill(float(0.1))])
  })
})

describe("Interp", () => {
  const image = blobOf([1, 1, 2, 3], 0, 4, 8, 16, 20, 24)
  const interp = (interp_param: object, bottoms = [image]) =>
    run({ type: "Interp", message: { interp_param }, bottoms })

  test("corners stay corners, what lies between is linear", () => {
    const { shape, values } = interp({ height: 3, width: 5 })
    expect(shape).toEqual([1, 1, 3, 5])
    expect(values).toEqual([0, 2, 4, 6, 8, 8, 10, 12, 14, 16, 16, 18, 20, 22, 24])
  })

  test("factors count the steps between the corners", () => {
    expect(interp({ zoom_factor: 2 }).shape).toEqual([1, 1, 3, 5])
    expect(interp({ shrink_factor: 2 }).values).toEqual([0, 8])
    expect(interp({ shrink_factor: 2, zoom_factor: 4 }).shape).toEqual([1, 1, 1, 5])
  })

  test("negative pads crop first; an equal size is a copy", () => {
    expect(interp({ pad_beg: -1, height: 1, width: 3 }).values).toEqual([20, 22, 24])
    expect(interp({ pad_end: -1, height: 1, width: 2 }).values).toEqual([0, 4])
    const infinite = blobOf([1, 1, 1, 2], Number.POSITIVE_INFINITY, 1)
    expect(interp({ height: 1, width: 2 }, [infinite]).values).toEqual([Number.POSITIVE_INFINITY, 1])
  })

  test("a second bottom gives the size", () => {
    const like = randomBlob([1, 7, 3, 5], "size")
    expect(interp({}, [image, like]).values).toEqual(interp({ zoom_factor: 2 }).values)
    expect(() => interp({ zoom_factor: 2 }, [image, like])).toThrow("size given twice")
  })
})

test("Axpy multiplies every plane by its factor and adds", () => {
  const x = blobOf([1, 2, 1, 2], 1, 2, 3, 4)
  const y = blobOf([1, 2, 1, 2], 100, 200, 300, 400)
  for (const shape of [
    [1, 2],
    [1, 2, 1, 1],
  ]) {
    const { values } = run({ type: "Axpy", bottoms: [blobOf(shape, 10, -1), x, y] })
    expect(values).toEqual([110, 220, 297, 396])
  }
  const refused = () => run({ type: "Axpy", bottoms: [blobOf([1, 1], 10), x, y] })
  expect(refused).toThrow("one factor per channel: 1x1 for 1x2x1x2")
})

test("ShuffleChannel deals the channels out to the groups", () => {
  const message = { shuffle_channel_param: { group: 2 } }
  const { values } = run({ type: "ShuffleChannel", message, bottoms: [counted([1, 6, 1, 1])] })
  expect(values).toEqual([0, 3, 1, 4, 2, 5])
})

test("ReLU6 stays between 0 and 6", () => {
  expect(run({ type: "ReLU6", bottoms: [blobOf([4], -1, 0.5, 6, 7)] }).values).toEqual([0, 0.5, 6, 6])
})

describe("BN", () => {
  const x = blobOf([1, 2, 1, 2], 1, 2, 3, 4)
  const c = (...values: number[]) => blobOf([1, 2, 1, 1], ...values)

  test("of two blobs in mode INFERENCE is a scale and a shift", () => {
    const message = { bn_param: { bn_mode: "INFERENCE" } }
    const { values } = run({ type: "BN", message, bottoms: [x], blobs: [c(2, -3), c(10, 20)] })
    expect(values).toEqual([12, 14, 11, 8])
  })

  test("of four blobs normalises with the stored mean and variance, however the blobs are shaped", () => {
    const expected = [1, 2, 3, 4].map(
      (v, i) => ((v - [1, 2][i >> 1]!) / [2, 4][i >> 1]!) * [8, 16][i >> 1]! + [5, 6][i >> 1]!,
    )
    const message = { bn_param: { eps: 3, frozen: true } }
    for (const shape of [[1, 2, 1, 1], [1, 2], [2]]) {
      const blobs = [
        [8, 16],
        [5, 6],
        [1, 2],
        [1, 13],
      ].map((values) => blobOf(shape, ...values))
      expect(run({ type: "BN", message, bottoms: [x], blobs }).values).toEqual(expected)
    }
  })

  test("with the statistics of the batch is refused", () => {
    const run = (message: object, blobs: number) => () =>
      runLayer({
        type: "BN",
        message: { ...message },
        bottoms: [x],
        blobs: Array.from({ length: blobs }, () => c(1, 1)),
      })
    expect(run({}, 2)).toThrow("batch statistics not supported: BN in layer tested")
    expect(run({ phase: "TRAIN" }, 4)).toThrow("batch statistics not supported")
    expect(run({}, 3)).toThrow()
  })
})

test("NVCaffe's BatchNorm of five blobs scales and shifts, and does not read its factor", () => {
  const x = blobOf([1, 2, 1, 2], 1, 2, 3, 4)
  const c = (...values: number[]) => blobOf([2], ...values)
  const blobs = [c(1, 2), c(1, 13), blobOf([1], 7), c(8, 16), c(5, 6)]
  const message = { batch_norm_param: { eps: 3 } }
  expect(run({ type: "BatchNorm", message, bottoms: [x], blobs }).values).toEqual([5, 9, 10, 14])
  const tiny = { batch_norm_param: { eps: 1e-9 } }
  const flat = [c(0, 0), c(0, 0), blobOf([1], 1), c(1, 1), c(0, 0)]
  const [first] = run({ type: "BatchNorm", message: tiny, bottoms: [x], blobs: flat }).values
  // eps is at least 1e-5.
  expect(first).toBe(float(1 / Math.sqrt(float(1e-5))))
  const batch = { batch_norm_param: { use_global_stats: false } }
  expect(() => run({ type: "BatchNorm", message: batch, bottoms: [x], blobs })).toThrow(
    "batch statistics not supported",
  )
})

describe("Upsample", () => {
  const upsample = (upsample_param: object, mask: number[], values = [1, 2, 3, 4]) =>
    run({
      type: "Upsample",
      message: { upsample_param },
      bottoms: [blobOf([1, 1, 2, 2], ...values), blobOf([1, 1, 2, 2], ...mask)],
    })

  test("puts every value where the mask says", () => {
    const { shape, values } = upsample({ scale: 2 }, [1, 6, 8, 15])
    expect(shape).toEqual([1, 1, 4, 4])
    expect(values).toEqual([0, 1, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 4])
  })

  test("undoes a pooling, whose mask is flat", () => {
    const bottoms = [blobOf([1, 1, 2, 4], 1, 5, 7, 2, 3, 0, 4, 9)]
    const message = { pooling_param: { pool: "MAX", kernel_size: 2, stride: 2 } }
    const pooled = runLayer({ type: "Pooling", message, bottoms, tops: 2 })
    const [value, mask] = pooled.tops.map((data) => ({ shape: [1, 1, 1, 2], data }))
    expect(run({ type: "Upsample", bottoms: [value!, mask!] }).values).toEqual([0, 5, 0, 0, 0, 0, 0, 9])
  })

  test("of two values for one place the later one stays, as on Caffe's CPU", () => {
    expect(upsample({ upsample_h: 2, upsample_w: 3 }, [0, 5, 0, 5]).values).toEqual([3, 0, 0, 0, 0, 4])
  })

  test("its size is stated, a multiple, or one less", () => {
    expect(upsample({ scale_h: 2, scale_w: 3 }, [0, 1, 2, 3]).shape).toEqual([1, 1, 4, 6])
    expect(upsample({ pad_out_h: true }, [0, 1, 2, 3]).shape).toEqual([1, 1, 3, 4])
    expect(() => upsample({ scale: 3, pad_out_h: true }, [0, 1, 2, 3])).toThrow("pad_out needs scale 2")
    expect(() => upsample({ scale: 2 }, [0, 1, 2, 16])).toThrow("mask outside upsampled blob: 16 of 4x4")
    expect(() => upsample({ scale: 2 }, [-1, 1, 2, 15])).toThrow("mask outside upsampled blob: -1 of 4x4")
  })

  test("a value whose place is uncertain may be anywhere in its plane", () => {
    const layer = runLayer({
      type: "Upsample",
      bottoms: [blobOf([1, 2, 1, 1], 1, 2), blobOf([1, 2, 1, 1], 0, 3)],
    })
    const bound = layer.bound([Float64Array.of(0.1, 0.2), Float64Array.of(0, 1)])[0]!
    const any = Number.POSITIVE_INFINITY
    expect([...bound]).toEqual([0.1, 0, 0, 0, any, any, any, any])
  })
})

describe("Python", () => {
  const python = (module: string, layer: string, param_str: string) =>
    run({
      type: "Python",
      message: { python_param: { module, layer, param_str } },
      bottoms: [blobOf([1, 1, 1, 2], 1, -3)],
    })

  test("ENet's SpatialDropoutLayer still scales at test time", () => {
    const { values } = python("spatial_dropout", "SpatialDropoutLayer", "{'phase': 'TEST', 'p': '0.1'}")
    expect(values).toEqual([float(1 / 0.9), float(float(1 / 0.9) * -3)])
    expect(python("spatial_dropout", "SpatialDropoutLayer", '{"p": 0.5, "phase": "TEST"}').values).toEqual([
      2, -6,
    ])
  })

  test("random masks, senseless p and other layers are refused by name", () => {
    const dropout = (text: string) => () => python("spatial_dropout", "SpatialDropoutLayer", text)
    expect(dropout("{'phase': 'TRAIN', 'p': '0.1'}")).toThrow("SpatialDropoutLayer drops at random: {'phase'")
    expect(dropout("{'phase': 'TEST', 'p': '1'}")).toThrow("p must lie between 0 and 1")
    expect(() => python("rpn.proposal_layer", "ProposalLayer", "")).toThrow(
      "unsupported Python layer: rpn.proposal_layer.ProposalLayer in layer tested",
    )
  })
})

test("Dropout that draws masks at test time is refused", () => {
  const message = { dropout_param: { dropout_ratio: 0.5, sample_weights_test: true } }
  expect(() => run({ type: "Dropout", message, bottoms: [counted([4])] })).toThrow(
    "Dropout drops at random: sample_weights_test in layer tested",
  )
})

const refused: readonly (readonly [reason: string, type: string, message: object, bottoms: Shape[]])[] = [
  [
    "output size depends on data: DetectionOutput in layer tested",
    "DetectionOutput",
    {},
    [
      [1, 8],
      [1, 4],
      [1, 2, 8],
    ],
  ],
  [
    "unsupported fork field: interp_param.align_corners",
    "Interp",
    { interp_param: { align_corners: false } },
    [[1, 1, 2, 2]],
  ],
  ["unsupported layer type: Upsample in layer tested without a mask", "Upsample", {}, [[1, 1, 2, 2]]],
  ["axis named twice: 1", "Permute", { permute_param: { order: [1, 1] } }, [[1, 2]]],
  ["axis out of range: 2", "Permute", { permute_param: { order: [2] } }, [[1, 2]]],
  [
    "channels not divisible by group: 4 by 3",
    "ShuffleChannel",
    { shuffle_channel_param: { group: 3 } },
    [[1, 4]],
  ],
  [
    "min_size must be given",
    "PriorBox",
    {},
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
  ],
  [
    "max_size must exceed min_size: 2",
    "PriorBox",
    { prior_box_param: { min_size: 2, max_size: 2 } },
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
  ],
  [
    "img_w must be positive",
    "PriorBox",
    { prior_box_param: { min_size: 2, img_h: 3 } },
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
  ],
  ["Interp needs a size or a factor", "Interp", { interp_param: { height: 2 } }, [[1, 1, 2, 2]]],
  ["pads may only crop: 1", "Interp", { interp_param: { pad_end: 1, zoom_factor: 2 } }, [[1, 1, 2, 2]]],
  [
    "scale_w must exceed 1",
    "Upsample",
    { upsample_param: { scale_h: 2 } },
    [
      [1, 1, 2, 2],
      [1, 1, 2, 2],
    ],
  ],
  ["wrong number of bottoms: 1, Axpy has 3", "Axpy", {}, [[1, 2]]],
]

test.each(refused)("%s", (reason, type, message, bottoms) => {
  const { net } = oneLayer(type, "refused", { message: { ...message }, bottoms })
  expect(callsOf(net).problems.get(net.layer("tested"))?.message).toContain(reason)
})
