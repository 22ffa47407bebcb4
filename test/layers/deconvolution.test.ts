import { describe, expect, test } from "vitest"
import type { Blob, Shape } from "../../src/net/index.js"
import { blobOf, randomBlob, runLayer } from "./run-layer.js"

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0)
const absolute = ({ shape, data }: Blob): Blob => ({ shape, data: data.map(Math.abs) })

/** A convolution's bottom and weights, and what else its convolution_param says. */
const windows: readonly (readonly [name: string, bottom: Shape, weight: Shape, param: object])[] = [
  ["stride and pad", [2, 3, 9, 8], [4, 3, 3, 4], { kernel_size: [3, 4], stride: [2], pad: [1] }],
  ["groups", [1, 6, 5, 5], [4, 3, 2, 2], { kernel_size: [2], group: 2 }],
  ["dilation", [1, 2, 9, 9], [3, 2, 3, 3], { kernel_size: [3], dilation: [2, 3], pad: [1] }],
  ["one axis", [2, 2, 11], [3, 2, 5], { kernel_size: [5], stride: [3] }],
  ["three axes", [1, 2, 5, 4, 3], [2, 2, 3, 2, 1], { kernel_size: [3, 2, 1], stride: [2, 2, 2] }],
  ["1x1", [2, 3, 4, 4], [5, 3, 1, 1], { kernel_size: [1] }],
]

test.each(windows)(
  "%s: it is the transpose of the convolution with the same weights",
  (name, shape, w, param) => {
    const y = randomBlob(shape, `${name} y`)
    const weight = randomBlob(w, `${name} w`)
    const convolve = (y: Blob, weight: Blob) =>
      runLayer({
        type: "Convolution",
        message: { convolution_param: { ...param, num_output: w[0], bias_term: false } },
        bottoms: [y],
        blobs: [weight],
      })
    const forth = convolve(y, weight)
    const x = randomBlob(forth.shapes[0]!, `${name} x`)
    const back = runLayer({
      type: "Deconvolution",
      message: { convolution_param: { ...param, num_output: shape[1], bias_term: false } },
      bottoms: [x],
      blobs: [weight],
    })
    expect(back.shapes[0]).toEqual(shape)
    expect(back.macs).toBe(forth.macs)
    // <x, conv y> = <deconv x, y>, every term rounded a few times.
    const size = dot(absolute(x).data, convolve(absolute(y), absolute(weight)).tops[0]!)
    const difference = Math.abs(dot(x.data, forth.tops[0]!) - dot(back.tops[0]!, y.data))
    expect(difference).toBeLessThanOrEqual(4 * 2 ** -24 * size)
    expect(size).toBeGreaterThan(0)
  },
)

describe("Deconvolution", () => {
  const weight = blobOf([1, 2, 2], 1, 2, 10, 20)
  const message = { convolution_param: { num_output: 2, kernel_size: [2], stride: [3] } }

  test("adds its bias where no tap reaches, too", () => {
    const { tops } = runLayer({
      type: "Deconvolution",
      message,
      bottoms: [blobOf([1, 1, 2], 1, -1)],
      blobs: [weight, blobOf([2], 100, 200)],
    })
    expect([...tops[0]!]).toEqual([101, 102, 100, 99, 98, 210, 220, 200, 190, 180])
  })

  test("takes several bottoms with one set of weights", () => {
    const { tops, shapes } = runLayer({
      type: "Deconvolution",
      message,
      bottoms: [blobOf([1, 1, 1], 1), blobOf([1, 1, 1], 2)],
      blobs: [weight, blobOf([2], 0, 0)],
      tops: 2,
    })
    expect(shapes).toEqual([
      [1, 2, 2],
      [1, 2, 2],
    ])
    expect([...tops[1]!]).toEqual([2, 4, 20, 40])
  })

  test("refuses groups that do not divide the outputs, and a pad that leaves nothing", () => {
    const run = (param: object) => () =>
      runLayer({
        type: "Deconvolution",
        message: { convolution_param: { num_output: 2, kernel_size: [2], ...param } },
        bottoms: [randomBlob([1, 4, 2, 2], "x")],
        blobs: [],
      })
    expect(run({ num_output: 3, group: 2 })).toThrow("channels not divisible by group: 4 in, 3 out, group 2")
    expect(run({ pad: [2] })).toThrow("no output left by pad")
    expect(run({ num_output: 0 })).toThrow("num_output must be positive")
  })
})

describe("the forks' depthwise convolution", () => {
  const bottom = randomBlob([2, 3, 5, 5], "depthwise x")
  const blobs = [randomBlob([3, 1, 3, 3], "depthwise w"), randomBlob([3], "depthwise b")]
  const run = (type: string, param: object) =>
    runLayer({
      type,
      message: { convolution_param: { num_output: 3, kernel_size: [3], ...param } },
      bottoms: [bottom],
      blobs,
    }).tops[0]

  test.each(["DepthwiseConvolution", "ConvolutionDepthwise"])("%s has one group per channel", (type) => {
    expect(run(type, {})).toEqual(run("Convolution", { group: 3 }))
  })

  test("refuses another number of outputs than channels", () => {
    expect(() => run("DepthwiseConvolution", { num_output: 1 })).toThrow(
      "num_output must equal channels: 1 for 3",
    )
  })
})
