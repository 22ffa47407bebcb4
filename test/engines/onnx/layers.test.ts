import { describe, expect, it } from "vitest"
import { supportedTypes } from "../../../src/layers/index.js"
import { cases } from "../gpu/cases.js"
import { oneLayer } from "../gpu/one-layer.js"
import { check } from "./check.js"
import { runtimesHere } from "./runtimes.js"

/** gpu.js's cases, and the types that are Convolution there. */
const all = [
  ...cases,
  ...["DepthwiseConvolution", "ConvolutionDepthwise"].map((type) =>
    oneLayer(type, "padded, with stride", {
      message: { convolution_param: { num_output: 6, kernel_size: [3], pad: [1], stride: [2] } },
      bottoms: [[2, 6, 7, 8]],
      blobs: [[6, 1, 3, 3], [6]],
    }),
  ),
]

const runtimes = await runtimesHere()
it("one of onnxruntime's builds is here", () => expect(runtimes.length).toBeGreaterThan(0))

describe.each(runtimes.map((runtime) => [runtime.backend, runtime] as const))(
  "every layer type by onnxruntime (%s) stays within its rounding bound of the reference",
  (_backend, runtime) => {
    it.each(all.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
      const worst = await check(one, runtime)
      expect(worst.compared).toBe(one.net.layers.at(-1)!.tops.length)
      expect(worst.ratio).toBeLessThanOrEqual(1)
    })
  },
)

it("no layer type that runs is left out", () => {
  const tested = new Set(all.map(({ net }) => net.layers.at(-1)!.type))
  // Silence makes nothing, Input is the graph's own, and what DetectionOutput computes has no shape
  // beforehand.
  expect(supportedTypes().filter((type) => !tested.has(type))).toEqual([
    "DetectionOutput",
    "Input",
    "Silence",
  ])
})
