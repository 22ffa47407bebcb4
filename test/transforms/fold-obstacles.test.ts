import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { makeValue, Net as NetClass } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { distance } from "./distance.js"
import { bn, conv, image, ip, layer, randomNet, relu, scale, withBlobs } from "./random-net.js"

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

  test("shapes that are unknown, only where they are needed", () => {
    const odd = `layer { name: "odd" type: "Odd" bottom: "data" top: "odd" }`
    const net = parseNet(
      [image, odd, scale("s", "odd", "n", ""), conv("c", "n", "c"), bn("bn", "c")].join("\n"),
    )
    const like = randomNet(
      [image, scale("s", "data", "n", ""), conv("c", "n", "c"), bn("bn", "c")].join("\n"),
    )
    const loaded = net.with(
      net.layers.map((layer) =>
        layer.name === "odd" ? layer : { ...layer, blobs: like.layer(layer.name).blobs },
      ),
    )
    const { net: folded, report } = foldBatchNorm(loaded)
    expect(report.actions).toMatchObject([
      {
        layer: "s",
        action: "kept",
        why: "no Convolution or InnerProduct before it: it reads odd (Odd); the shape of n, which c reads, is unknown",
      },
      { layer: "bn", action: "folded", into: "c" },
    ])
    expect(folded.layers.map(({ name }) => name)).toEqual(["data", "odd", "s", "c"])
    const cut = withBlobs(loaded, "c", ([weight, bias]) => [
      { shape: [4, 3, 3], data: weight!.data.slice(0, 36) },
      { shape: [3], data: bias!.data.slice(0, 3) },
    ])
    expect(foldBatchNorm(cut).report.actions[1]!.why).toContain(
      "the weights of c have not the shape that its parameters say",
    )
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
