import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { forward } from "../../src/engines/index.js"
import type { Blob, Net } from "../../src/net/index.js"
import { makeValue, Net as NetClass } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import {
  bn,
  conv,
  image,
  input,
  ip,
  layer,
  numbers,
  power,
  randomNet,
  relu,
  scale,
  withBlobs,
} from "./random-net.js"

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

function inputsOf(net: Net, seed = 7): Record<string, Blob> {
  const next = numbers(seed)
  return Object.fromEntries(
    net.inputs.map((value) => {
      const param = net.producer(value).message.input_param as { shape: { dim: number[] }[] }
      const shape = param.shape[0]!.dim
      return [
        value.blob,
        { shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)).map(() => 3 * next()) },
      ]
    }),
  )
}

/** Largest difference of the outputs, relative to the largest output. */
async function distance(a: Net, b: Net): Promise<number> {
  const inputs = inputsOf(a)
  const [x, y] = [await forward(a, inputs), await forward(b, inputs)]
  expect(Object.keys(y.outputs)).toEqual(Object.keys(x.outputs))
  let [difference, largest] = [0, 0]
  for (const [name, { data }] of Object.entries(x.outputs)) {
    data.forEach((v, i) => {
      difference = Math.max(difference, Math.abs(v - y.outputs[name]!.data[i]!))
      largest = Math.max(largest, Math.abs(v))
    })
  }
  expect(largest).toBeGreaterThan(0)
  return difference / largest
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

describe("what cannot be folded stays, with the reason", () => {
  const c = conv("c", "data", "c")
  const cases: readonly (readonly [name: string, prototxt: string[], layer: string, why: string])[] = [
    [
      "batch statistics",
      [image, c, bn("bn", "c", "c", "use_global_stats: false")],
      "bn",
      "use_global_stats is false: it normalises with the statistics of each batch",
    ],
    [
      "a non-linearity between",
      [image, c, relu("r", "c"), scale("sc", "c")],
      "sc",
      "r (ReLU) stands between c (Convolution) and it",
    ],
    [
      "a kept layer before it",
      [image, c, bn("bn", "c", "c", "use_global_stats: false"), scale("sc", "c")],
      "sc",
      "bn (BatchNorm) before it is kept",
    ],
    [
      "a pooling between",
      [
        image,
        c,
        `layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 } }`,
        scale("sc", "p"),
      ],
      "sc",
      "p (Pooling) stands between c (Convolution) and it",
    ],
    [
      "the input",
      [image, scale("sc", "data", "n")],
      "sc",
      "it reads the net's input data: no Convolution or InnerProduct before it",
    ],
    [
      "a second reader",
      [
        image,
        c,
        scale("sc", "c", "n"),
        `layer { name: "e" type: "Eltwise" bottom: "n" bottom: "c" top: "e" }`,
      ],
      "sc",
      "e (Eltwise) also reads c, the output of c",
    ],
    [
      "a second reader of the middle",
      [
        image,
        c,
        bn("bn", "c", "n"),
        scale("sc", "n", "s"),
        `layer { name: "e" type: "Eltwise" bottom: "s" bottom: "n" top: "e" }`,
      ],
      "sc",
      "e (Eltwise) also reads n, the output of bn",
    ],
    [
      "weights shared by name",
      [
        image,
        conv("c", "data", "c", undefined, `param { name: "w" }`),
        conv("d", "data", "d", undefined, `param { name: "w" }`),
        scale("sc", "c"),
      ],
      "sc",
      "c shares its weights with d",
    ],
    [
      "a convolution of two bottoms",
      [
        image,
        `layer { name: "y" type: "Input" top: "y" input_param { shape { dim: 2 dim: 3 dim: 7 dim: 6 } } }`,
        `layer { name: "c" type: "Convolution" bottom: "data" bottom: "y" top: "c" top: "d" convolution_param { num_output: 4 kernel_size: 3 } }`,
        scale("sc", "c"),
      ],
      "sc",
      "c has 2 bottoms and 2 tops that share its weights",
    ],
    [
      "a Scale of two bottoms",
      [
        image,
        `layer { name: "g" type: "Input" top: "g" input_param { shape { dim: 4 } } }`,
        c,
        `layer { name: "sc" type: "Scale" bottom: "c" bottom: "g" top: "o" }`,
      ],
      "sc",
      "its second bottom g is computed, not a stored parameter",
    ],
    [
      "a Scale over another axis",
      [image, c, scale("sc", "c", "c", "axis: 2")],
      "sc",
      "it covers axis 2, the channels are on axis 1 alone",
    ],
    [
      "a Scale over more axes",
      [image, c, scale("sc", "c", "c", "num_axes: 2")],
      "sc",
      "it covers 2 axes from 1, the channels are on axis 1 alone",
    ],
    [
      "a Scale over everything",
      [image, c, scale("sc", "c", "c", "num_axes: -1")],
      "sc",
      "it covers 3 axes from 1, the channels are on axis 1 alone",
    ],
    [
      "a bias before a padded convolution",
      [image, layer("b", "Bias", "data", "n"), conv("c", "n", "c")],
      "b",
      "it reads the net's input data: no Convolution or InnerProduct before it; c (Convolution) after it does not see every value at its borders, so that what is added cannot move into its bias",
    ],
    [
      "a bias before a deconvolution",
      [
        image,
        layer("b", "Bias", "data", "n"),
        layer("d", "Deconvolution", "n", "d", "convolution_param { num_output: 2 kernel_size: 2 stride: 2 }"),
      ],
      "b",
      "it reads the net's input data: no Convolution or InnerProduct before it; d (Deconvolution) after it does not see every value at its borders, so that what is added cannot move into its bias",
    ],
    [
      "a second reader after it",
      [
        image,
        scale("sc", "data", "n"),
        conv("c", "n", "c"),
        `layer { name: "e" type: "AbsVal" bottom: "n" top: "e" }`,
      ],
      "sc",
      "it reads the net's input data: no Convolution or InnerProduct before it; e (AbsVal) also reads n, the output of sc",
    ],
    [
      "weights after it shared by name",
      [
        image,
        scale("sc", "data", "n"),
        conv("c", "n", "c", undefined, `param { name: "w" }`),
        conv("d", "data", "d", undefined, `param { name: "w" }`),
      ],
      "sc",
      "it reads the net's input data: no Convolution or InnerProduct before it; c shares its weights with d",
    ],
    [
      "an InnerProduct after it that sums over later axes",
      [image, scale("sc", "data", "n"), ip("ip", "n", "ip", "num_output: 4 axis: 2")],
      "sc",
      "it reads the net's input data: no Convolution or InnerProduct before it; ip (InnerProduct) after it does not sum over axis 1",
    ],
  ]

  test.each(cases)("%s", async (_, prototxt, layer, why) => {
    const net = randomNet(prototxt.join("\n"))
    const { net: folded, report } = foldBatchNorm(net)
    expect(report.actions.find((action) => action.layer === layer)).toMatchObject({ action: "kept", why })
    expect(await distance(net, folded)).toBeLessThan(1e-6)
  })

  test("SegNet's BN in mode LEARN", () => {
    const b = layer("b", "BN", "c", "c", "bn_param { bn_mode: LEARN }")
    const net = randomNet([image, c, b].join("\n"))
    const loaded = withBlobs(net, "b", () => [
      { shape: [4], data: new Float32Array(4) },
      { shape: [4], data: new Float32Array(4) },
    ])
    expect(foldBatchNorm(loaded).report.actions[0]!.why).toBe(
      "bn_mode is LEARN: it normalises with the statistics of each batch",
    )
  })

  test("phase TRAIN", () => {
    const prototxt = [image, conv("c", "data", "c"), bn("bn", "c")].join("\n")
    const net = randomNet(prototxt)
    const training = net.with(net.layers, { state: { phase: "TRAIN", level: 0, stages: [] } })
    expect(foldBatchNorm(training).report.actions[0]!.why).toBe(
      "in phase TRAIN it normalises with the statistics of each batch",
    )
  })

  test("one blob object in two layers", () => {
    const net = randomNet(
      [image, conv("c", "data", "c"), conv("d", "data", "d"), scale("sc", "c")].join("\n"),
    )
    const shared = withBlobs(net, "d", () => net.layer("c").blobs)
    expect(foldBatchNorm(shared).report.actions[0]!.why).toBe("c shares its weights with d")
  })

  test("a variance that has no root", () => {
    const net = withBlobs(
      randomNet([image, conv("c", "data", "c"), bn("bn", "c")].join("\n")),
      "bn",
      ([mean, , factor]) => {
        return [mean!, { shape: [4], data: Float32Array.of(1, 1, -1, 1) }, factor!]
      },
    )
    expect(foldBatchNorm(net).report.actions[0]!.why).toBe("variance plus eps is not positive in channel 2")
  })

  test("parameters beyond float32", () => {
    const net = withBlobs(
      randomNet([image, conv("c", "data", "c"), scale("sc", "c", "c", "")].join("\n")),
      "sc",
      ([gain]) => {
        return [{ shape: gain!.shape, data: gain!.data.map(() => 3e38) }]
      },
    )
    const larger = withBlobs(net, "c", (blobs) =>
      blobs.map(({ shape, data }) => ({ shape, data: data.map((v) => 100 * v) })),
    )
    const { net: folded, report } = foldBatchNorm(larger)
    expect(report.actions[0]!.why).toBe("the folded parameters of c would leave float32's range")
    expect(folded.layers).toEqual(larger.layers)
  })

  test("layers without weights", () => {
    const net = parseNet([image, conv("c", "data", "c"), bn("bn", "c")].join("\n"))
    expect(foldBatchNorm(net).report.actions[0]!.why).toBe("no weights are loaded for it")
  })

  test("nothing to do", () => {
    const value = makeValue("data")
    const data = { name: "data", type: "Input", bottoms: [], tops: [value], message: {}, blobs: [] }
    expect(String(foldBatchNorm(new NetClass({ name: "n", layers: [data] })).report)).toBe(
      "Fold: no BatchNorm, Scale or Bias in this net",
    )
  })
})
