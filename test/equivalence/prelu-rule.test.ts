import { describe, expect, test } from "vitest"
import { type Comparison, compareNets } from "../../src/equivalence/index.js"
import type { Blob, Layer, Net } from "../../src/net/index.js"
import { foldBatchNorm, splitPRelu } from "../../src/transforms/index.js"
import { prelu } from "../transforms/bits.js"
import {
  bn,
  conv,
  image,
  randomNet,
  relu,
  scale,
  withBlobs,
  withParameter,
} from "../transforms/random-net.js"
import { reloaded } from "./reload.js"

const head = [image, conv("c", "data", "c")]
const tail = conv("d", "c", "d")
const net = randomNet([...head, prelu("c"), tail].join("\n"))
const forms = ["scale", "group-convolution"] as const

function statuses({ certificate: { identical, proved, measured, refuted } }: Comparison): number[] {
  return [identical, proved, measured, refuted]
}

/** The net with one layer changed. */
function changed(net: Net, name: string, change: (layer: Layer) => Partial<Layer>): Net {
  return net.with(net.layers.map((layer) => (layer.name === name ? { ...layer, ...change(layer) } : layer)))
}

function ones(blob: Blob, value: number): Blob {
  return { shape: blob.shape, data: blob.data.map(() => value) }
}

describe.each(forms)("a PReLU and its %s form", (form) => {
  const { net: split, report } = splitPRelu(net, { form })

  test("are proved the same, from the rewrite and from files, either way round", async () => {
    for (const [a, b] of [
      [net, split],
      [split, net],
      [reloaded(net), reloaded(split)],
      [reloaded(split), reloaded(net)],
    ] as const) {
      const verdict = await compareNets(a, b)
      expect(verdict.equivalent).toBe(true)
      expect(statuses(verdict)).toEqual([2, 1, 0, 0])
      const proved = verdict.certificate.entries.find(({ status }) => status === "proved")!
      expect(proved).toMatchObject({ rule: "slopes above and below zero", parameters: 8, roundings: 0 })
    }
    expect((await compareNets(net, split, { report })).equivalent).toBe(true)
  })

  const mutations: readonly (readonly [name: string, change: (net: Net) => Net])[] = [
    ["one slope off by a thousandth", (of) => withParameter(of, "p_slope", 0, 2, 1.001)],
    ["one slope's sign turned", (of) => withParameter(of, "p_slope", 0, 1, -1)],
    ["a product where the sum was", (of) => changed(of, "p", () => ({ message: eltwise("PROD") }))],
    ["a maximum where the sum was", (of) => changed(of, "p", () => ({ message: eltwise("MAX") }))],
    ["a coefficient", (of) => changed(of, "p", () => ({ message: eltwise("SUM", [1, 1.001]) }))],
    ["no ReLU on the negative side", (of) => changed(of, "p_neg_relu", () => ({ type: "Split" }))],
    ["a leaky ReLU inside", (of) => changed(of, "p_pos", () => ({ message: leaky }))],
  ]

  test.each(mutations)("%s is refuted", async (_, change) => {
    const broken = change(split)
    for (const [a, b] of [
      [net, broken],
      [broken, net],
      [reloaded(net), reloaded(broken)],
    ] as const) {
      const verdict = await compareNets(a, b)
      expect(verdict.equivalent).toBe(false)
    }
    // The report goes with the layers that it names.
    const rules = report.rules.map((rule) => ({ ...rule, layer: broken.layer("p") }))
    expect((await compareNets(net, broken, { report: { rules } })).certificate.refuted).toBe(1)
  })

  test("a slope one unit in the last place away is not the same, and no proof", async () => {
    const { data } = split.layer("p_slope").blobs[0]!
    const next = (value: number) =>
      new Float32Array(new Uint32Array(Float32Array.of(value).buffer).map((bits) => bits + 1).buffer)[0]!
    const moved = withBlobs(split, "p_slope", ([blob]) => [
      { shape: blob!.shape, data: data.map((slope, c) => (c === 0 ? next(slope) : slope)) },
    ])
    const free = await compareNets(reloaded(net), reloaded(moved))
    expect(statuses(free)).toEqual([2, 0, 1, 0])
    expect((await compareNets(net, moved, { report: claimed(moved) })).equivalent).toBe(false)
  })

  function claimed(of: Net) {
    return { rules: report.rules.map((rule) => ({ ...rule, layer: of.layer("p") })) }
  }
})

test("a fold before a split PReLU, from files, is cut between the two and proved", async () => {
  const whole = randomNet([image, conv("c", "data", "c"), bn("bn", "c"), prelu("c"), tail].join("\n"))
  const both = splitPRelu(foldBatchNorm(whole).net).net
  for (const [a, b] of [
    [reloaded(whole), reloaded(both)],
    [reloaded(both), reloaded(whole)],
  ] as const) {
    const verdict = await compareNets(a, b)
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([1, 2, 0, 0])
  }
  const broken = withParameter(both, "p_slope", 0, 2, 1.001)
  expect((await compareNets(reloaded(whole), reloaded(broken))).equivalent).toBe(false)
})

const leaky = { relu_param: { negative_slope: 0.01 } }

function eltwise(operation: string, coeff: readonly number[] = []) {
  return { eltwise_param: { operation, ...(coeff.length > 0 ? { coeff } : {}) } }
}

describe("compositions that other tools write", () => {
  const slopes = net.layer("p").blobs[0]!.data
  const power = (name: string, bottom: string, top: string, factor: number) =>
    `layer { name: "${name}" type: "Power" bottom: "${bottom}" top: "${top}" power_param { scale: ${factor} } }`
  const sum = (bottoms: string, more = "") =>
    `layer { name: "sum" type: "Eltwise" ${bottoms} top: "s" eltwise_param { operation: SUM ${more} } }`

  function composed(layers: readonly string[], factor: (slope: number) => number): Net {
    const of = randomNet([...head, ...layers, conv("d", "s", "d")].join("\n"))
    const weights = ["c", "d"].reduce((at, name) => withBlobs(at, name, () => net.layer(name).blobs), of)
    const minus = withBlobs(weights, "neg", (blobs) => blobs.map((blob) => ones(blob, -1)))
    return withBlobs(minus, "slope", ([blob]) => [{ shape: blob!.shape, data: slopes.map(factor) }])
  }

  test("with coefficients, the other order of bottoms, a Power, explicit Splits and Dropout", async () => {
    const split = `layer { name: "split" type: "Split" bottom: "c" top: "c0" top: "c1" }`
    const dropout = `layer { name: "drop" type: "Dropout" bottom: "m" top: "m" }`
    const layers = [
      split,
      power("neg", "c1", "n", -1),
      relu("nr", "n"),
      scale("slope", "n", "m", ""),
      dropout,
      relu("pos", "c0", "pos"),
      sum(`bottom: "m" bottom: "pos"`, "coeff: -1 coeff: 1"),
    ]
    const other = composed(layers, (slope) => slope)
    const verdict = await compareNets(net, other)
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([2, 1, 0, 0])
    const wrong = composed(layers, (slope) => -slope)
    expect((await compareNets(net, wrong)).equivalent).toBe(false)
  })

  test("a ReLU before the factor -1 loses the negative side", async () => {
    const layers = [
      relu("nr", "c", "n"),
      scale("neg", "n", "n2", ""),
      scale("slope", "n2", "m", ""),
      relu("pos", "c", "pos"),
      sum(`bottom: "pos" bottom: "m"`),
    ]
    const verdict = await compareNets(
      net,
      composed(layers, (slope) => -slope),
    )
    expect(verdict.equivalent).toBe(false)
    expect(verdict.certificate.refuted).toBe(1)
  })

  test("a factor with a bias has no such form: it is measured", async () => {
    const layers = [
      scale("neg", "c", "n", ""),
      relu("nr", "n"),
      scale("slope", "n", "m", ""),
      `layer { name: "zero" type: "Bias" bottom: "m" top: "m" }`,
      relu("pos", "c", "pos"),
      sum(`bottom: "pos" bottom: "m"`),
    ]
    const biased = (value: number) =>
      withBlobs(
        composed(layers, (slope) => -slope),
        "zero",
        ([blob]) => [ones(blob!, value)],
      )
    const verdict = await compareNets(net, biased(0))
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([2, 0, 1, 0])
    expect((await compareNets(net, biased(0.01))).equivalent).toBe(false)
  })
})
