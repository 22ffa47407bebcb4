import { describe, expect, test } from "vitest"
import { type Comparison, compareNets } from "../../src/equivalence/index.js"
import type { Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { reloaded } from "../equivalence/reload.js"
import { bn, conv, image, input, layer, power, randomNet, relu, scale, withBlobs } from "./random-net.js"

/** Layer names and types without the input. */
function layersOf(net: Net): string[] {
  return net.layers.slice(1).map(({ name, type }) => `${name} ${type}`)
}

/** Folds, and proves every piece from the values in common and from the files. */
async function provedFold(net: Net) {
  const { net: folded, report } = foldBatchNorm(net)
  const verdicts: Comparison[] = [
    await compareNets(net, folded, { report }),
    await compareNets(reloaded(net), reloaded(folded)),
    await compareNets(reloaded(folded), reloaded(net)),
  ]
  for (const { equivalent, certificate, why } of verdicts) {
    expect(equivalent, why).toBe(true)
    expect(certificate.complete, why).toBe(true)
  }
  const rules = verdicts[0]!.certificate.entries.flatMap(({ status, rule }) =>
    status === "proved" ? [rule!] : [],
  )
  return { folded, report, rules }
}

const positive = (net: Net, name: string) =>
  withBlobs(net, name, ([factor, ...rest]) => [
    { shape: factor!.shape, data: factor!.data.map((v) => Math.abs(v)) },
    ...rest,
  ])

describe("what has no weights to go into becomes one layer", () => {
  const cases: readonly (readonly [name: string, prototxt: string[], layers: string[], rule: string])[] = [
    [
      "a BatchNorm alone",
      [image, bn("bn", "data", "n"), relu("r", "n")],
      ["bn Scale", "r ReLU"],
      "merge BatchNorm into one Scale",
    ],
    [
      "a chain behind a ReLU",
      [
        image,
        conv("c", "data", "c"),
        relu("r", "c"),
        bn("bn", "c"),
        scale("sc", "c"),
        layer("b", "Bias", "c"),
        power("p", "c"),
      ],
      ["c Convolution", "r ReLU", "bn Scale"],
      "merge BatchNorm and Scale and Bias and Power into one Scale",
    ],
    [
      "a chain behind a Concat",
      [
        image,
        `layer { name: "cat" type: "Concat" bottom: "data" bottom: "data" top: "cat" }`,
        bn("bn", "cat"),
        scale("sc", "cat"),
      ],
      ["cat Concat", "bn Scale"],
      "merge BatchNorm and Scale into one Scale",
    ],
    [
      "NVCaffe's BatchNorm",
      [image, bn("bn", "data", "n", "scale_bias: true"), relu("r", "n")],
      ["bn Scale", "r ReLU"],
      "merge BatchNorm into one Scale",
    ],
    [
      "SegNet's BN, whose two blobs are a Scale's",
      [image, layer("b", "BN", "data", "n", "bn_param { bn_mode: INFERENCE }"), relu("r", "n")],
      ["b Scale", "r ReLU"],
      "merge BN into one Scale",
    ],
    [
      "PSPNet's BN",
      [image, layer("b", "BN", "data", "n", "bn_param { frozen: true eps: 0.001 }"), relu("r", "n")],
      ["b Scale", "r ReLU"],
      "merge BN into one Scale",
    ],
    [
      "factors alone, without a bias",
      [image, scale("s1", "data", "n", ""), scale("s2", "n", "n", ""), relu("r", "n")],
      ["s1 Scale", "r ReLU"],
      "merge Scale and Scale into one Scale",
    ],
    [
      "what only adds",
      [image, layer("b1", "Bias", "data", "n"), layer("b2", "Bias", "n"), relu("r", "n")],
      ["b1 Bias", "r ReLU"],
      "merge Bias and Bias into one Bias",
    ],
    [
      "numbers that all channels share",
      [image, power("p1", "data", "n"), power("p2", "n", "n", "scale: 3"), relu("r", "n")],
      ["p1 Scale", "r ReLU"],
      "merge Power and Power into one Scale",
    ],
    [
      "another axis",
      [image, scale("s1", "data", "n", "axis: 2"), scale("s2", "n", "n", "axis: -2"), relu("r", "n")],
      ["s1 Scale", "r ReLU"],
      "merge Scale and Scale into one Scale",
    ],
  ]
  test.each(cases)("%s", async (_, prototxt, layers, rule) => {
    const { folded, report, rules } = await provedFold(randomNet(prototxt.join("\n")))
    expect(layersOf(folded)).toEqual(layers)
    expect(rules).toEqual([rule])
    expect(report.kept + report.folded).toBe(0)
    expect(report.merged).toBe(report.actions.length)
    expect(report.rules.map((each) => each.rule)).toEqual(["merge into one"])
  })

  test("its name is that of a layer with other blobs, so that old weights do not fit", () => {
    const net = randomNet([image, scale("sc", "data", "n"), bn("bn", "n"), relu("r", "n")].join("\n"))
    const { net: folded, report } = foldBatchNorm(net)
    expect(layersOf(folded)).toEqual(["bn Scale", "r ReLU"])
    expect(report.actions.map(({ into }) => into)).toEqual(["bn", "bn"])
  })

  test("says what it did, and what it saves", () => {
    const net = randomNet([image, bn("bn", "data", "n"), scale("sc", "n"), relu("r", "n")].join("\n"))
    const { report } = foldBatchNorm(net)
    expect(String(report)).toBe(
      "Fold: 0 of 2 layers folded into 0, 2 merged into 1, none kept, 252 multiplications saved",
    )
    expect(report.actions[0]!.why).toBe(
      "one Scale does the work of bn and sc; it reads the net's input data: no Convolution or InnerProduct before it",
    )
  })

  test("not beyond float32", () => {
    const net = randomNet([image, scale("s1", "data", "n", ""), scale("s2", "n", "n", "")].join("\n"))
    const large = (name: string, of: Net) =>
      withBlobs(of, name, ([blob]) => [{ shape: blob!.shape, data: blob!.data.map(() => 1e30) }])
    const { net: folded, report } = foldBatchNorm(large("s1", large("s2", net)))
    expect(layersOf(folded)).toEqual(["s1 Scale", "s2 Scale"])
    expect(report.actions[0]!.why).toContain("as one Scale its parameters would leave float32's range")
  })
})

describe("before a convolution with padding", () => {
  const chain = [bn("bn", "data", "n"), scale("sc", "n"), conv("c", "n", "c")]
  const net = randomNet([image, ...chain].join("\n"))

  test("the factors go into its weights, what is added stays as a Bias", async () => {
    const { folded, report, rules } = await provedFold(net)
    expect(layersOf(folded)).toEqual(["bn Bias", "c Convolution"])
    expect(rules).toEqual(["fold the factors of BatchNorm and Scale into the following Convolution"])
    expect(report.actions.map(({ action, into }) => `${action} ${into}`)).toEqual([
      "partly folded c, bn",
      "partly folded c, bn",
    ])
    expect(String(report)).toContain("2 of 2 layers folded into 1, 2 of them in part, none kept")
    expect([...report.rules[0]!.inputGains!]).toHaveLength(3)
  })

  test("every parameter of both is looked at", async () => {
    const { net: folded } = foldBatchNorm(net)
    for (const [name, blob] of [
      ["bn", 0],
      ["c", 0],
      ["c", 1],
    ] as const) {
      const moved = withBlobs(folded, name, (blobs) =>
        blobs.map(({ shape, data }, i) => ({
          shape,
          data: data.map((v, j) => (i === blob && j === 1 ? 1.001 * v : v)),
        })),
      )
      const verdict = await compareNets(net, moved)
      expect(verdict.equivalent).toBe(false)
      expect(verdict.certificate.entries.map(({ worst }) => worst)).toMatchObject([{ layer: name, blob }])
    }
  })

  test("a tool that adds all of it to the bias all the same is found out", async () => {
    const open = [
      bn("bn", "data", "n"),
      scale("sc", "n"),
      conv("c", "n", "c", "num_output: 4 kernel_size: 3"),
    ]
    const { net: folded } = foldBatchNorm(randomNet([image, ...open].join("\n")))
    const padded = randomNet([image, conv("c", "data", "c")].join("\n"))
    const wrong = withBlobs(padded, "c", () => folded.layer("c").blobs)
    const verdict = await compareNets(reloaded(net), wrong)
    expect(verdict.equivalent).toBe(false)
    expect(verdict.certificate.entries[0]!.why).toContain("every output of c sees all its taps does not hold")
    // The corner is the first place that sees padding.
    expect(verdict.first!.at.slice(2)).toEqual([0, 0])
  })

  test("a factor of 0 leaves nothing to divide by", () => {
    const dead = withBlobs(net, "sc", ([factor, bias]) => [
      { shape: factor!.shape, data: factor!.data.map((v, c) => (c === 1 ? 0 : v)) },
      bias!,
    ])
    const { net: folded, report } = foldBatchNorm(dead)
    expect(layersOf(folded)).toEqual(["bn Scale", "c Convolution"])
    expect(report.actions[0]!.why).toContain("added before its factors it would leave float32's range")
  })

  test("a deconvolution sees its border as little", async () => {
    const d = layer(
      "d",
      "Deconvolution",
      "n",
      "d",
      "convolution_param { num_output: 2 kernel_size: 3 stride: 2 }",
    )
    const { folded } = await provedFold(randomNet([image, bn("bn", "data", "n"), d].join("\n")))
    expect(layersOf(folded)).toEqual(["bn Bias", "d Deconvolution"])
  })
})

describe("factors pass ReLU and PReLU", () => {
  const prelu = layer("a", "PReLU", "c")
  const factor = scale("sc", "c", "c", "")

  test("into the convolution before", async () => {
    const net = positive(randomNet([image, conv("c", "data", "c"), prelu, factor].join("\n")), "sc")
    const { folded, report, rules } = await provedFold(net)
    expect(layersOf(folded)).toEqual(["c Convolution", "a PReLU"])
    expect(rules).toEqual(["fold Scale into Convolution past PReLU"])
    expect(report.actions[0]!.why).toBe(
      "factors of 0 or more pass a (PReLU), the only way from c (Convolution) to here",
    )
  })

  test("into the convolution after", async () => {
    const net = positive(
      randomNet([image, scale("sc", "data", "c", ""), prelu, relu("r", "c"), conv("d", "c", "d")].join("\n")),
      "sc",
    )
    const { folded, rules } = await provedFold(net)
    expect(layersOf(folded)).toEqual(["a PReLU", "r ReLU", "d Convolution"])
    expect(rules).toEqual(["fold Scale into the following Convolution past PReLU and ReLU"])
  })

  test("several times, with a batch norm on the way", async () => {
    const chain = [
      conv("c", "data", "c"),
      bn("bn", "c"),
      relu("r", "c"),
      factor,
      prelu,
      scale("s2", "c", "c", ""),
    ]
    const net = positive(positive(randomNet([image, ...chain].join("\n")), "sc"), "s2")
    const { folded, report } = await provedFold(net)
    expect(layersOf(folded)).toEqual(["c Convolution", "r ReLU", "a PReLU"])
    expect(report.rules.map(({ rule, gains }) => [rule, gains!.length])).toEqual([["fold into producer", 4]])
  })

  test("negative ones do not", () => {
    const net = randomNet([image, conv("c", "data", "c"), prelu, factor].join("\n"))
    expect(net.layer("sc").blobs[0]!.data.some((v) => v < 0)).toBe(true)
    expect(layersOf(foldBatchNorm(net).net)).toEqual(["c Convolution", "a PReLU", "sc Scale"])
  })

  test("nor does what adds: a Bias would stay, and nothing be gained", () => {
    const net = positive(randomNet([image, conv("c", "data", "c"), prelu, scale("sc", "c")].join("\n")), "sc")
    expect(layersOf(foldBatchNorm(net).net)).toEqual(["c Convolution", "a PReLU", "sc Scale"])
  })

  test("nor where somebody else reads what the activation makes or reads", () => {
    const chain = [conv("c", "data", "c"), relu("r", "c", "o"), scale("sc", "o", "s", "")]
    for (const blob of ["c", "o"]) {
      const net = positive(randomNet([image, ...chain, layer("e", "AbsVal", blob, "e")].join("\n")), "sc")
      expect(layersOf(foldBatchNorm(net).net)).toContain("sc Scale")
    }
  })

  test("a claim across a negative factor is refuted", async () => {
    const net = randomNet([image, conv("c", "data", "c"), prelu, factor].join("\n"))
    const forced = positive(net, "sc")
    const { net: folded } = foldBatchNorm(forced)
    const verdict = await compareNets(reloaded(net), reloaded(folded))
    expect(verdict.equivalent).toBe(false)
  })
})

test("a bottom of one axis has no channels: one number for all", async () => {
  const { folded } = await provedFold(randomNet([input("dim: 5"), bn("bn", "data", "n")].join("\n")))
  expect(folded.layer("bn").blobs.map(({ shape }) => shape)).toEqual([[], []])
})

describe("a rule of one number for all", () => {
  test("does not prove a Bias that its channels do not have in common", async () => {
    const net = randomNet([image, power("p", "data", "n"), conv("c", "n", "c")].join("\n"))
    const { folded } = await provedFold(net)
    expect(layersOf(folded)).toEqual(["p Bias", "c Convolution"])
    const own = randomNet([image, scale("p", "data", "n"), conv("c", "n", "c")].join("\n"))
    const each = withBlobs(own, "p", () => [
      { shape: [3], data: new Float32Array(3).fill(-1.5) },
      { shape: [3], data: Float32Array.of(0.25, 0.25, 0.2501) },
    ])
    const same = withBlobs(each, "c", () => net.layer("c").blobs)
    const verdict = await compareNets(reloaded(same), reloaded(folded))
    expect(verdict.equivalent).toBe(false)
    expect(verdict.certificate.refuted).toBe(1)
  })
})
