import { describe, expect, test } from "vitest"
import { blobOf, type LayerFields, randomBlob, runLayer } from "./run-layer.js"

const float = Math.fround

describe("every result of the forks' layers lies within its bound of the formula in doubles", () => {
  const x = randomBlob([2, 3, 4, 5], "x")
  const plane = (i: number) => Math.floor(i / 20)
  const channel = (i: number) => plane(i) % 3
  const c = (name: string) => randomBlob([3], name)
  const [mean, scale, shift, a] = [c("mean"), c("scale"), c("shift"), randomBlob([2, 3], "a")]
  const variance = { shape: [3], data: Float32Array.of(0.3, 1e-7, 2.5) }
  const eps = float(1e-5)
  const normalized = (i: number) =>
    ((x.data[i]! - mean.data[channel(i)]!) / Math.sqrt(variance.data[channel(i)]! + eps)) *
      scale.data[channel(i)]! +
    shift.data[channel(i)]!
  const norm = (i: number) => {
    const at = (other: number) => x.data[Math.floor(i / 60) * 60 + other * 20 + (i % 20)]! ** 2
    return Math.sqrt(at(0) + at(1) + at(2) + float(1e-10))
  }
  const between = (i: number) => {
    const [row, column] = [Math.floor((i % 63) / 9) / 2, (i % 9) / 2]
    const at = (y: number, z: number) =>
      x.data[Math.floor(i / 63) * 20 + Math.min(y, 3) * 5 + Math.min(z, 4)]!
    const [y, z] = [Math.floor(row), Math.floor(column)]
    const line = (y: number) => at(y, z) * (1 - (column - z)) + at(y, z + 1) * (column - z)
    return line(y) * (1 - (row - y)) + line(y + 1) * (row - y)
  }
  const python_param = {
    module: "spatial_dropout",
    layer: "SpatialDropoutLayer",
    param_str: "{'phase': 'TEST', 'p': '0.3'}",
  }

  const layers: readonly (readonly [LayerFields, (i: number) => number])[] = [
    [{ type: "BN", bottoms: [x], blobs: [scale, shift, mean, variance] }, normalized],
    [{ type: "BatchNorm", bottoms: [x], blobs: [mean, variance, blobOf([1], 3), scale, shift] }, normalized],
    [
      { type: "BN", message: { bn_param: { bn_mode: "INFERENCE" } }, bottoms: [x], blobs: [scale, shift] },
      (i) => x.data[i]! * scale.data[channel(i)]! + shift.data[channel(i)]!,
    ],
    [{ type: "Axpy", bottoms: [a, x, x] }, (i) => a.data[plane(i)]! * x.data[i]! + x.data[i]!],
    [
      {
        type: "Normalize",
        message: { norm_param: { across_spatial: false, channel_shared: false } },
        bottoms: [x],
        blobs: [scale],
      },
      (i) => (x.data[i]! / norm(i)) * scale.data[channel(i)]!,
    ],
    [{ type: "Interp", message: { interp_param: { height: 7, width: 9 } }, bottoms: [x] }, between],
    [{ type: "Python", message: { python_param }, bottoms: [x] }, (i) => x.data[i]! / 0.7],
    [
      {
        type: "PriorBox",
        message: { prior_box_param: { min_size: 11, step: 0.1, img_size: 7 } },
        bottoms: [x, x],
      },
      (i) => {
        if (i >= 80) return 0.1
        const place = [Math.floor(i / 4) % 5, Math.floor(i / 20)][i % 2]!
        return ((place + 0.5) * float(0.1) + (i % 4 < 2 ? -5.5 : 5.5)) / 7
      },
    ],
  ]

  test.each(layers)("$type", (fields, exact) => {
    const { tops, bound: boundOf } = runLayer(fields)
    const [values, bound] = [[...tops[0]!], boundOf()[0]!]
    const share = Math.max(
      ...values.map((v, i) => {
        // The variances are as stated: float32.
        const wanted = fields.type === "PriorBox" && i >= 80 ? float(exact(i)) : exact(i)
        return v === wanted ? 0 : Math.abs(v - wanted) / bound[i]!
      }),
    )
    expect(share).toBeLessThanOrEqual(1)
    expect(share).toBeGreaterThan(0.01)
  })
})
