import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { fill } from "../../src/training/fillers/fill.js"
import { uniform } from "../../src/training/fillers/random.js"
import { fillWeights } from "../../src/training/index.js"

const shape = [40, 20, 5, 5]
const fanIn = 500
const draw = (filler: object, slope = 0) =>
  fill(shape, { ...filler }, { random: uniform(7, "conv/0"), slope })

function moments(values: Float32Array): { mean: number; std: number; largest: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
  return { mean, std: Math.sqrt(square), largest: values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) }
}

/** The mean of n values of deviation s is off by s / sqrt(n), their deviation by s / sqrt(2 n) (less for uniform ones): five times that. */
function expectMoments(values: Float32Array, mean: number, std: number): void {
  const got = moments(values)
  expect(Math.abs(got.mean - mean)).toBeLessThan((5 * std) / Math.sqrt(values.length))
  expect(Math.abs(got.std - std)).toBeLessThan((5 * std) / Math.sqrt(2 * values.length))
}

describe("fillers", () => {
  test("xavier is uniform within sqrt(3 / n)", () => {
    const values = draw({ type: "xavier" })
    expectMoments(values, 0, 1 / Math.sqrt(fanIn))
    expect(moments(values).largest).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 / fanIn)))
    expectMoments(draw({ type: "xavier", variance_norm: "FAN_OUT" }), 0, 1 / Math.sqrt(1000))
    expectMoments(draw({ type: "xavier", variance_norm: "AVERAGE" }), 0, 1 / Math.sqrt(750))
  })

  test("msra is normal with deviation sqrt(2 / n), and with a slope before it sqrt(2 / ((1 + a^2) n))", () => {
    expectMoments(draw({ type: "msra" }), 0, Math.sqrt(2 / fanIn))
    expectMoments(draw({ type: "msra" }, 0.5), 0, Math.sqrt(2 / (1.25 * fanIn)))
  })

  test("gaussian has its mean and deviation, and sparse keeps some for each output", () => {
    expectMoments(draw({ type: "gaussian", mean: 3, std: 0.5 }), 3, 0.5)
    const sparse = draw({ type: "gaussian", sparse: 10 })
    const kept = sparse.filter((v) => v !== 0).length / sparse.length
    expect(Math.abs(kept - 10 / 40)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / sparse.length))
  })

  test("uniform lies between its ends", () => {
    const values = draw({ type: "uniform", min: -1, max: 3 })
    expectMoments(values, 1, 4 / Math.sqrt(12))
    expect(values.every((v) => v >= -1 && v <= 3)).toBe(true)
  })

  test("positive_unitball: every output's weights are positive and add up to 1", () => {
    const values = draw({ type: "positive_unitball" })
    for (let from = 0; from < values.length; from += fanIn) {
      const weights = values.subarray(from, from + fanIn)
      expect(weights.every((v) => v >= 0)).toBe(true)
      // Each weight is rounded once.
      expect(Math.abs(weights.reduce((sum, v) => sum + v, 0) - 1)).toBeLessThanOrEqual(2 ** -24)
    }
  })

  test("bilinear is the kernel that doubles an image", () => {
    const row = [0.25, 0.75, 0.75, 0.25]
    expect([...fill([1, 1, 4, 4], { type: "bilinear" }, { random: () => 0 })]).toEqual(
      row.flatMap((y) => row.map((x) => x * y)),
    )
    expect(() => fill([1, 1, 4, 3], { type: "bilinear" }, { random: () => 0 })).toThrow(
      "bilinear filler needs square kernels: 1x1x4x3",
    )
  })

  test("an unknown one is refused", () => {
    expect(() => draw({ type: "xaver" })).toThrow("unknown filler: xaver; did you mean xavier?")
  })
})

describe("a net's first weights", () => {
  const net = (activation: string) =>
    parseNet(`
      layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 9 dim: 9 } } }
      layer { name: "c1" type: "Convolution" bottom: "data" top: "c1" convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "msra" } } }
      ${activation}
      layer { name: "c2" type: "Convolution" bottom: "c1" top: "c2" convolution_param { num_output: 8 kernel_size: 3 weight_filler { type: "msra" } } }`)
  const relu = net('layer { name: "r" type: "ReLU" bottom: "c1" top: "c1" }')
  const prelu = net(
    'layer { name: "p" type: "PReLU" bottom: "c1" top: "c1" prelu_param { filler { value: 0.5 } } }',
  )
  const weightsOf = (filled: ReturnType<typeof fillWeights>, layer: string) =>
    filled.layer(layer).blobs[0]!.data

  test("are the same for the same seed and layer name, whatever stands between them", () => {
    expect(weightsOf(fillWeights(relu), "c2")).toEqual(weightsOf(fillWeights(prelu), "c2"))
    expect(weightsOf(fillWeights(relu), "c2")).not.toEqual(weightsOf(fillWeights(relu, { seed: 2 }), "c2"))
    expect(weightsOf(fillWeights(relu), "c2")).not.toEqual(weightsOf(fillWeights(relu), "c1"))
  })

  test("are smaller by sqrt(1 + a^2) behind a PReLU of slope a, where that is asked for", () => {
    const [plain, aware] = [fillWeights(prelu), fillWeights(prelu, { preluGain: true })]
    expect(weightsOf(aware, "c1")).toEqual(weightsOf(plain, "c1"))
    const ratios = weightsOf(plain, "c2").map((w, i) => w / weightsOf(aware, "c2")[i]!)
    // Both are rounded once, and the ratio.
    expect(ratios.every((ratio) => Math.abs(ratio / Math.sqrt(1.25) - 1) <= 2 ** -22)).toBe(true)
    expect(aware.layer("p").blobs[0]!.data.every((slope) => slope === 0.5)).toBe(true)
  })
})
