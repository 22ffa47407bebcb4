import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { distance } from "./distance.js"
import { bn, conv, image, input, ip, layer, power, randomNet, relu, scale, withBlobs } from "./random-net.js"

const vector = input("dim: 3 dim: 5")

const foldable: Readonly<Record<string, string>> = {
  "a convolution, in place": [
    image,
    conv("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
    relu("r", "c"),
  ].join("\n"),
  "a convolution, not in place": [
    image,
    conv("c", "data", "c"),
    bn("bn", "c", "n"),
    scale("sc", "n", "s"),
    relu("r", "s", "o"),
  ].join("\n"),
  "a convolution without bias": [
    image,
    conv("c", "data", "c", "num_output: 4 kernel_size: 3 bias_term: false"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a grouped convolution": [
    input("dim: 1 dim: 4 dim: 6 dim: 5"),
    conv("c", "data", "c", "num_output: 6 kernel_size: 2 group: 2"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a convolution over one axis": [
    input("dim: 2 dim: 3 dim: 9"),
    conv("c", "data", "c", "num_output: 4 kernel_size: 3"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a convolution over three axes": [
    input("dim: 1 dim: 2 dim: 4 dim: 4 dim: 4"),
    conv("c", "data", "c", "num_output: 3 kernel_size: 2"),
    bn("bn", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "a BatchNorm without Scale": [image, conv("c", "data", "c"), bn("bn", "c")].join("\n"),
  "a Scale without BatchNorm": [image, conv("c", "data", "c"), scale("sc", "c")].join("\n"),
  "a Scale without bias": [image, conv("c", "data", "c"), bn("bn", "c"), scale("sc", "c", "c", "")].join(
    "\n",
  ),
  "a Scale whose axis counts from the end": [
    image,
    conv("c", "data", "c"),
    scale("sc", "c", "c", "axis: -3"),
  ].join("\n"),
  "an eps of its own": [image, conv("c", "data", "c"), bn("bn", "c", "c", "eps: 0.5")].join("\n"),
  "an InnerProduct": [
    vector,
    ip("ip", "data", "ip"),
    bn("bn", "ip"),
    scale("sc", "ip"),
    relu("r", "ip"),
  ].join("\n"),
  "a transposed InnerProduct": [
    vector,
    ip("ip", "data", "ip", "num_output: 4 transpose: true"),
    bn("bn", "ip"),
    scale("sc", "ip"),
  ].join("\n"),
  "a Scale of one number for all": [
    image,
    conv("c", "data", "c"),
    scale("sc", "c", "c", "num_axes: 0 bias_term: true"),
  ].join("\n"),
  "an affine Power": [image, conv("c", "data", "c"), power("p", "c"), scale("sc", "c")].join("\n"),
  "NVCaffe's BatchNorm": [image, conv("c", "data", "c"), bn("bn", "c", "c", "scale_bias: true")].join("\n"),
  "SegNet's BN": [
    image,
    conv("c", "data", "c"),
    layer("b", "BN", "c", "c", "bn_param { bn_mode: INFERENCE }"),
  ].join("\n"),
  "PSPNet's BN": [
    image,
    conv("c", "data", "c"),
    layer("b", "BN", "c", "c", "bn_param { frozen: true eps: 0.01 }"),
  ].join("\n"),
  "a DepthwiseConvolution": [
    image,
    layer(
      "c",
      "DepthwiseConvolution",
      "data",
      "c",
      "convolution_param { num_output: 3 kernel_size: 3 pad: 1 }",
    ),
    bn("bn", "c"),
  ].join("\n"),
  "a ConvolutionDepthwise, from its input": [
    image,
    bn("bn", "data", "n"),
    layer("c", "ConvolutionDepthwise", "n", "c", "convolution_param { num_output: 3 kernel_size: 3 }"),
  ].join("\n"),
  "a convolution that reads it": [
    image,
    bn("bn", "data", "n"),
    scale("sc", "n"),
    conv("c", "n", "c", "num_output: 4 kernel_size: 3"),
  ].join("\n"),
  "a grouped convolution that reads it": [
    input("dim: 1 dim: 4 dim: 6 dim: 5"),
    bn("bn", "data", "n"),
    conv("c", "n", "c", "num_output: 6 kernel_size: 2 group: 2 bias_term: false"),
  ].join("\n"),
  "an InnerProduct that reads it": [image, bn("bn", "data", "n"), ip("ip", "n", "ip")].join("\n"),
  "a transposed InnerProduct that reads it": [
    image,
    scale("sc", "data", "n"),
    ip("ip", "n", "ip", "num_output: 4 transpose: true"),
  ].join("\n"),
  "a deconvolution of kernel 1 that reads it": [
    input("dim: 1 dim: 4 dim: 3 dim: 3"),
    bn("bn", "data", "n"),
    layer("d", "Deconvolution", "n", "d", "convolution_param { num_output: 2 kernel_size: 1 group: 2 }"),
  ].join("\n"),
  "factors before a padded convolution": [image, scale("sc", "data", "n", ""), conv("c", "n", "c")].join(
    "\n",
  ),
  "both sides of one convolution": [
    image,
    bn("bn", "data", "n"),
    conv("c", "n", "c", "num_output: 4 kernel_size: 3"),
    bn("bn2", "c"),
    scale("sc", "c"),
  ].join("\n"),
  "two blocks": [
    image,
    conv("c", "data", "c"),
    bn("bn", "c"),
    scale("sc", "c"),
    relu("r", "c"),
    conv("d", "c", "d"),
    bn("bn2", "d"),
  ].join("\n"),
}

describe("folding keeps the outputs", () => {
  test.each(Object.entries(foldable))("of %s", async (_, prototxt) => {
    for (const seed of [1, 2, 3]) {
      const net = randomNet(prototxt, seed)
      const { net: folded, report } = foldBatchNorm(net)
      expect(report.kept).toBe(0)
      expect(report.merged).toBe(0)
      const left = folded.layers.map(({ type }) => type)
      for (const type of ["BatchNorm", "BN", "Scale", "Power", "Bias"]) expect(left).not.toContain(type)
      expect(await distance(net, folded)).toBeLessThan(1e-6)
    }
  })

  test("of a BatchNorm with factor 0, whose mean and variance are 0", async () => {
    const net = withBlobs(
      randomNet([image, conv("c", "data", "c"), bn("bn", "c")].join("\n")),
      "bn",
      ([mean, variance]) => {
        return [mean!, variance!, { shape: [1], data: new Float32Array(1) }]
      },
    )
    const { net: folded, report } = foldBatchNorm(net)
    expect(report.folded).toBe(1)
    expect(await distance(net, folded)).toBeLessThan(1e-6)
  })
})

describe("the folded net", () => {
  const net = randomNet(foldable["a convolution, not in place"]!)
  const { net: folded, report } = foldBatchNorm(net)

  test("shares with the original every value that it kept", () => {
    const end = net.layer("sc").tops[0]!
    expect(folded.producer(end).name).toBe("c")
    expect(folded.has(net.layer("r").tops[0]!)).toBe(true)
    expect(folded.has(net.layer("c").tops[0]!)).toBe(false)
  })

  test("leaves the original as it was", () => {
    expect(net.layers.map(({ name }) => name)).toEqual(["data", "c", "bn", "sc", "r"])
  })

  test("says which layer does the work of which", () => {
    const [rule] = report.rules
    expect(rule!.layer).toBe(folded.layer("c"))
    expect(rule!.from.map(({ name }) => name)).toEqual(["c", "bn", "sc"])
    expect(JSON.parse(JSON.stringify(report)).rules[0].from).toEqual(["c", "bn", "sc"])
  })

  test("is reported in one line", () => {
    // 2 images, 4 channels, 7 x 6 places, once for BatchNorm and once for Scale.
    expect(report.savedMultiplications).toBe(2 * 2 * 4 * 7 * 6)
    expect(String(report)).toBe("Fold: 2 of 2 layers folded into 1, none kept, 672 multiplications saved")
  })
})

test("a convolution that gets a bias says so, and takes the learning rate of the Scale's bias", () => {
  const net = randomNet(
    [
      image,
      conv(
        "c",
        "data",
        "c",
        "num_output: 4 kernel_size: 3 bias_term: false",
        "param { lr_mult: 1 decay_mult: 1 }",
      ),
      scale("sc", "c", "c", "bias_term: true", "param { lr_mult: 3 } param { lr_mult: 2 decay_mult: 0 }"),
    ].join("\n"),
  )
  const { message, blobs } = foldBatchNorm(net).net.layer("c")
  expect(message).toMatchObject({
    convolution_param: { num_output: 4, bias_term: true },
    param: [
      { lr_mult: 1, decay_mult: 1 },
      { lr_mult: 2, decay_mult: 0 },
    ],
  })
  expect(blobs.map(({ shape }) => shape)).toEqual([[4, 3, 3, 3], [4]])
})

test("a grouped deconvolution scales each weight by its own output channel", () => {
  // [in 4, out / group 1, 1x1] with group 2: inputs 0 and 1 reach output 0, inputs 2 and 3 output 1.
  const net = parseNet(`${input("dim: 1 dim: 4 dim: 2 dim: 2")}
    layer { name: "d" type: "Deconvolution" bottom: "data" top: "d" convolution_param { num_output: 2 kernel_size: 1 group: 2 bias_term: false } }
    ${scale("sc", "d", "d", "")}`)
  const deconv = withBlobs(net, "d", () => [{ shape: [4, 1, 1, 1], data: Float32Array.of(1, 2, 3, 4) }])
  const loaded = withBlobs(deconv, "sc", () => [{ shape: [2], data: Float32Array.of(10, 100) }])
  const { net: folded } = foldBatchNorm(loaded)
  expect([...folded.layer("d").blobs[0]!.data]).toEqual([10, 20, 300, 400])
  // Nothing is added, so that no bias is needed.
  expect(folded.layer("d").blobs).toHaveLength(1)
})
