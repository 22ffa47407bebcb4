import { describe, expect, test } from "vitest"
import { diagnose } from "../../src/diagnosis/index.js"
import type { Net } from "../../src/net/index.js"
import { bn, conv, image, randomNet, relu, scale, withBlobs } from "../transforms/random-net.js"
import { digits, type Fold, formula, mergeScript } from "./scripts.js"

/** Two convolutions with biases, BatchNorm and Scale behind each; the second states its own eps and its statistics are small. */
const prototxt = [
  image,
  conv("c1", "data", "c1"),
  bn("bn1", "c1"),
  scale("sc1", "c1"),
  relu("r1", "c1"),
  conv("c2", "c1", "c2", "num_output: 6 kernel_size: 3 group: 2"),
  bn("bn2", "c2", "c2", "eps: 0.002"),
  scale("sc2", "c2"),
  relu("r2", "c2"),
  `layer { name: "ip" type: "InnerProduct" bottom: "c2" top: "ip" inner_product_param { num_output: 5 } }`,
].join("\n")

const small = randomNet(prototxt, 3)

/** Another moving-average factor, and the sums that go with it. */
function withFactor(net: Net, factor: number): Net {
  const change = (name: string, of: Net) =>
    withBlobs(of, name, ([mean, variance]) => [
      mean!,
      variance!,
      { shape: [1], data: Float32Array.of(factor) },
    ])
  return change("bn2", change("bn1", net))
}

/** One formula a row: what the script computes, the words for it, and the layers that it is about. */
const cases: readonly (readonly [
  bug: string,
  wrong: Parameters<typeof formula>[0],
  layers: readonly string[],
])[] = [
  [
    "machine epsilon instead of the layer's eps",
    { alpha: ({ v, g }) => g / Math.sqrt(v + 2 ** -52) },
    ["bn1", "bn2"],
  ],
  ["a hard-coded eps", { alpha: ({ v, g }) => g / Math.sqrt(v + 1e-5) }, ["bn2"]],
  ["a hard-coded eps", { alpha: ({ v, g }) => g / Math.sqrt(v + 1e-6) }, ["bn1", "bn2"]],
  ["a hard-coded eps", { alpha: ({ v, g }) => g / Math.sqrt(v + 0.013) }, ["bn1", "bn2"]],
  ["eps outside the root", { alpha: ({ v, g, eps }) => g / (Math.sqrt(v) + eps) }, ["bn1", "bn2"]],
  ["root forgotten", { alpha: ({ v, g, eps }) => g / (v + eps) }, ["bn1", "bn2"]],
  [
    "variance not divided by the factor",
    { alpha: ({ variance, g, eps }) => g / Math.sqrt(variance + eps) },
    ["bn1", "bn2"],
  ],
  [
    "mean not divided by the factor",
    { bias: ({ b, mean, alpha, beta }) => (b - mean) * alpha + beta },
    ["bn1", "bn2"],
  ],
  [
    "moving-average factor ignored",
    {
      alpha: ({ variance, g, eps }) => g / Math.sqrt(variance + eps),
      bias: ({ b, mean, alpha, beta }) => (b - mean) * alpha + beta,
    },
    ["bn1", "bn2"],
  ],
  ["Scale factor lost", { alpha: ({ v, eps }) => 1 / Math.sqrt(v + eps) }, ["sc1", "sc2"]],
  ["Scale bias lost", { bias: ({ b, m, alpha }) => (b - m) * alpha }, ["sc1", "sc2"]],
  ["the layer's own bias lost", { bias: ({ m, alpha, beta }) => -m * alpha + beta }, ["c1", "c2"]],
  [
    "the layer's own bias not multiplied by alpha",
    { bias: ({ b, m, alpha, beta }) => b - m * alpha + beta },
    ["c1", "c2"],
  ],
  ["sign of the mean wrong", { bias: ({ b, m, alpha, beta }) => (b + m) * alpha + beta }, ["bn1", "bn2"]],
  ["mean lost", { bias: ({ b, alpha, beta }) => b * alpha + beta }, ["bn1", "bn2"]],
  ["mean not multiplied by alpha", { bias: ({ b, m, alpha, beta }) => b * alpha - m + beta }, ["bn1", "bn2"]],
  [
    "alpha added to the bias",
    { bias: ({ b, m, alpha, beta }) => alpha + (b - m) * alpha + beta },
    ["bn1", "bn2"],
  ],
  ["bias not written", { bias: () => 0 }, ["c1", "c2"]],
]

describe("one wrong formula", () => {
  test.each(cases)("%s", async (bug, wrong, layers) => {
    const diagnosis = await diagnose(small, mergeScript(small, formula(wrong)))
    expect(diagnosis.equivalent).toBe(false)
    expect(diagnosis.findings.map((finding) => [finding.bug, finding.layer])).toEqual(
      layers.map((layer) => [bug, layer]),
    )
    for (const { explanation, evidence, fix, effect, parameters, into } of diagnosis.findings) {
      for (const words of [explanation, evidence, fix]) expect(words).not.toBe("")
      expect(["c1", "c2"]).toContain(into)
      expect(parameters).toBe(into === "c1" ? 4 * 3 * 9 + 4 : 6 * 2 * 9 + 6)
      // A wrong formula moves the layer's own output, by the nets' own arithmetic.
      expect(effect!.here.difference).toBeGreaterThan(0)
      expect(effect!.here.largest).toBeGreaterThan(0)
    }
    expect(String(diagnosis)).toContain(bug)
  })

  test("a factor of 0 taken as 1", async () => {
    const net = withFactor(small, 0)
    const alone: Fold = (seen) => formula()({ ...seen, factor: seen.factor === 0 ? 1 : seen.factor })
    const { findings } = await diagnose(net, mergeScript(net, alone))
    expect(findings.map(({ bug }) => bug)).toEqual([
      "moving-average factor ignored",
      "moving-average factor ignored",
    ])
    expect(findings[0]!.explanation).toContain("Where the factor is 0, Caffe takes 0")
  })

  test("eps 0, told from machine epsilon by a channel without variance", async () => {
    const dead = withBlobs(small, "bn1", ([mean, variance, factor]) => [
      mean!,
      { shape: variance!.shape, data: variance!.data.map((v, c) => (c === 2 ? 1e-12 : v)) },
      factor!,
    ])
    const eps = (value: number) => formula({ alpha: ({ v, g }) => g / Math.sqrt(v + value) })
    const [none, machine] = [
      await diagnose(dead, mergeScript(dead, eps(0))),
      await diagnose(dead, mergeScript(dead, eps(2 ** -52))),
    ]
    expect(new Set(none.findings.map(({ bug }) => bug))).toEqual(new Set(["no eps at all"]))
    expect(new Set(machine.findings.map(({ bug }) => bug))).toEqual(
      new Set(["machine epsilon instead of the layer's eps"]),
    )
    // The channel that shows it, with its numbers.
    expect(machine.findings[0]!.evidence).toMatch(/^channel 2: variance 1e-12 \/ 999, eps 0\.00001/)
  })
})

describe("two wrong parts at once", () => {
  test("a hard-coded eps and a lost Scale bias", async () => {
    const wrong = formula({
      alpha: ({ v, g }) => g / Math.sqrt(v + 1e-6),
      bias: ({ b, m, alpha }) => (b - m) * alpha,
    })
    const { findings } = await diagnose(small, mergeScript(small, wrong))
    expect(findings.map(({ bug }) => bug)).toEqual([
      "a hard-coded eps",
      "Scale bias lost",
      "a hard-coded eps",
      "Scale bias lost",
    ])
  })

  test("eps outside the root, and that machine epsilon; the sign of the mean", async () => {
    const wrong = formula({
      alpha: ({ v, g }) => g / (Math.sqrt(v) + 1e-3),
      bias: ({ b, m, alpha, beta }) => (b + m) * alpha + beta,
    })
    const { findings } = await diagnose(small, mergeScript(small, wrong))
    expect(new Set(findings.map(({ bug }) => bug))).toEqual(
      new Set(["a hard-coded eps", "eps outside the root", "sign of the mean wrong"]),
    )
  })
})

describe("the sample net", () => {
  test.each([
    [
      "machine epsilon instead of the layer's eps",
      formula({ alpha: ({ v, g }) => g / Math.sqrt(v + Number.EPSILON) }),
    ],
    ["moving-average factor ignored", (seen) => formula()({ ...seen, factor: 1 })],
    ["Scale bias lost", formula({ bias: ({ b, m, alpha }) => (b - m) * alpha })],
  ] as const satisfies readonly (readonly [string, Fold])[])("%s", async (bug, fold) => {
    const net = await digits()
    const diagnosis = await diagnose(net, mergeScript(net, fold))
    expect(diagnosis.equivalent).toBe(false)
    expect(diagnosis.findings.map((finding) => [finding.bug, finding.into])).toEqual(
      ["conv1", "conv2", "conv3"].map((layer) => [bug, layer]),
    )
    expect(diagnosis.outputs[0]!.output).toBe("prob")
    for (const { effect } of diagnosis.findings) expect(effect!.output.blob).toBe("prob")
  })
})
