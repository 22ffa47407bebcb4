import { describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { type Comparison, compareNets } from "../../src/equivalence/index.js"
import type { Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import {
  bn,
  conv,
  image,
  input,
  numbers,
  randomNet,
  relu,
  scale,
  withBlobs,
  withParameter,
} from "../transforms/random-net.js"
import { reloaded } from "./reload.js"

const block = [image, conv("c", "data", "c"), bn("bn", "c"), scale("sc", "c"), relu("r", "c")]
const prelu = `layer { name: "p" type: "PReLU" bottom: "d" top: "d" }`
const softmax = `layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }`
const ip = `layer { name: "ip" type: "InnerProduct" bottom: "d" top: "ip" inner_product_param { num_output: 5 } }`
const deep = [
  ...block,
  conv("d", "c", "d", "num_output: 6 kernel_size: 3 group: 2 bias_term: false"),
  bn("bn2", "d", "d", "eps: 0.001"),
  prelu,
  ip,
  softmax,
]

function statuses({ certificate: { identical, proved, measured, refuted } }: Comparison): number[] {
  return [identical, proved, measured, refuted]
}

/** The original's BatchNorm folded by hand with another eps. */
function foldedWithEps(net: Net, eps: number): Net {
  const changed = net.with(
    net.layers.map((layer) =>
      layer.type === "BatchNorm" ? { ...layer, message: { batch_norm_param: { eps } } } : layer,
    ),
  )
  return foldBatchNorm(changed).net
}

describe("equivalent", () => {
  test.each([1, 2, 3])("a net and its folded form, every parameter proved (seed %i)", async (seed) => {
    const net = randomNet(deep.join("\n"), seed)
    const { net: folded, report } = foldBatchNorm(net)
    const verdict = await compareNets(net, folded, { report })
    expect(verdict.why).toContain("within their bounds")
    expect(verdict.equivalent).toBe(true)
    // relu, prelu, ip, softmax; both convolutions.
    expect(statuses(verdict)).toEqual([4, 2, 0, 0])
    expect(verdict.certificate.complete).toBe(true)
    const proved = verdict.certificate.entries.filter(({ status }) => status === "proved")
    expect(proved.map(({ rule }) => rule)).toEqual([
      "fold BatchNorm and Scale into Convolution",
      "fold BatchNorm into Convolution",
    ])
    expect(proved.flatMap(({ conditions }) => conditions).every(({ holds }) => holds)).toBe(true)
    // Folding rounds: a difference of exactly nothing would mean that nothing was compared.
    expect(verdict.worst!.difference).toBeGreaterThan(0)
    expect(verdict.worst!.ratio).toBeLessThan(1)
    expect(verdict.endToEnd[0]!.output).toBe("prob")
  })

  test("the same from files, without a value in common", async () => {
    const net = randomNet(deep.join("\n"))
    const verdict = await compareNets(reloaded(net), reloaded(foldBatchNorm(net).net))
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([4, 2, 0, 0])
  })

  test("the other way round", async () => {
    const net = randomNet(deep.join("\n"))
    const verdict = await compareNets(foldBatchNorm(net).net, net)
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([4, 2, 0, 0])
  })

  test("a net and itself, without any difference", async () => {
    const net = randomNet(deep.join("\n"))
    for (const other of [net, reloaded(net)]) {
      const verdict = await compareNets(net, other)
      expect(verdict.equivalent).toBe(true)
      expect(verdict.certificate.identical).toBe(verdict.certificate.entries.length)
      expect(Math.max(...verdict.segments.map(({ difference }) => difference))).toBe(0)
      expect(verdict.endToEnd[0]!.difference).toBe(0)
    }
  })

  test("convolutions that follow each other directly, from files", async () => {
    const net = randomNet(
      [image, conv("c", "data", "c"), bn("bn", "c"), conv("d", "c", "d"), scale("sc", "d")].join("\n"),
    )
    const verdict = await compareNets(reloaded(net), reloaded(foldBatchNorm(net).net))
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([0, 2, 0, 0])
  })

  test("a fold that another tool computed in float32, but only as measured", async () => {
    const net = randomNet(block.join("\n"))
    const single = withBlobs(foldBatchNorm(net).net, "c", (blobs) => {
      // A few units in the last place, as every step in float32 leaves them.
      return blobs.map(({ shape, data }) => ({ shape, data: data.map((v) => v * (1 + 2e-7)) }))
    })
    const verdict = await compareNets(reloaded(net), reloaded(single))
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([1, 0, 1, 0])
    expect(verdict.certificate.complete).toBe(false)
    expect(String(verdict)).toContain("1 only measured")
  })

  test("a PReLU written as ReLU, Scale and Eltwise", async () => {
    const { a, b } = splitPRelu(1)
    const verdict = await compareNets(a, b)
    expect(verdict.equivalent).toBe(true)
    expect(statuses(verdict)).toEqual([1, 1, 0, 0])
  })

  test("two convolutions that became one, but only as measured", async () => {
    const { a, b } = joinedConvolutions(1)
    const verdict = await compareNets(a, b)
    expect(verdict.equivalent).toBe(true)
    expect(verdict.certificate.measured).toBe(1)
  })
})

describe("not equivalent", () => {
  const net = randomNet(deep.join("\n"))

  test.each([
    ["c", 0, 17],
    ["c", 1, 2],
    ["d", 0, 40],
    ["p", 0, 3],
    ["ip", 0, 99],
    ["ip", 1, 0],
  ])("one parameter off by a thousandth: %s, blob %i, number %i", async (layer, blob, index) => {
    const folded = foldBatchNorm(net).net
    const broken = withParameter(folded, layer, blob, index, 1.001)
    for (const [a, b] of [
      [net, broken],
      [reloaded(net), reloaded(broken)],
      [folded, broken],
    ] as const) {
      const verdict = await compareNets(a, b)
      expect(verdict.equivalent).toBe(false)
      const refuted = verdict.certificate.entries.filter(({ status }) => status === "refuted")
      expect(refuted.map(({ worst }) => worst)).toMatchObject([{ layer, blob, index }])
    }
  })

  test("the default eps where the layer states another", async () => {
    const own = randomNet(
      [image, conv("c", "data", "c"), bn("bn", "c", "c", "eps: 0.001"), scale("sc", "c")].join("\n"),
    )
    expect((await compareNets(own, foldedWithEps(own, 0.001))).equivalent).toBe(true)
    const verdict = await compareNets(own, foldedWithEps(own, 1e-5))
    expect(verdict.equivalent).toBe(false)
    expect(verdict.certificate.refuted).toBe(1)
  })

  test("an eps of 1e-5 taken for machine epsilon", async () => {
    const own = randomNet(block.join("\n"))
    expect((await compareNets(own, foldedWithEps(own, 2.2e-16))).equivalent).toBe(false)
  })

  test("a bias that a tool forgot", async () => {
    const forgot = withBlobs(foldBatchNorm(net).net, "d", ([weight, bias]) => [
      weight!,
      { shape: bias!.shape, data: new Float32Array(6) },
    ])
    const verdict = await compareNets(net, forgot)
    expect(verdict.equivalent).toBe(false)
    expect(verdict.first).toMatchObject({ layers: ["bn2", "d"], blob: "d" })
    expect(verdict.why).toContain("bn2 top d [0, 0, 0, 0], channel 0")
  })

  test("a BatchNorm folded across a ReLU", async () => {
    const a = randomNet(
      [image, conv("c", "data", "c"), relu("r", "c"), bn("bn", "c"), scale("sc", "c")].join("\n"),
    )
    const straight = randomNet(
      [image, conv("c", "data", "c"), bn("bn", "c"), scale("sc", "c"), relu("r", "c")].join("\n"),
    )
    const verdict = await compareNets(a, foldBatchNorm(straight).net)
    expect(verdict.equivalent).toBe(false)
  })

  test("a claimed fold that is not within one rounding", async () => {
    const { net: folded, report } = foldBatchNorm(net)
    const layer = withParameter(folded, "c", 0, 5, 1 + 3e-7).layer("c")
    const drifted = folded.with(folded.layers.map((each) => (each.name === "c" ? layer : each)))
    const claims = {
      rules: report.rules.map((rule) => (rule.layer.name === "c" ? { ...rule, layer } : rule)),
    }
    expect((await compareNets(net, drifted)).equivalent).toBe(true)
    expect((await compareNets(net, drifted, { report: claims })).equivalent).toBe(false)
  })

  test("one wrong slope in a PReLU written as ReLU, Scale and Eltwise", async () => {
    const { a, b } = splitPRelu(1.001)
    const verdict = await compareNets(a, b)
    expect(verdict.equivalent).toBe(false)
    expect(verdict.first).toMatchObject({ channel: 2 })
  })

  test("one wrong weight among a thousand where nothing is proved", async () => {
    const { a, b } = joinedConvolutions(1.001)
    const verdict = await compareNets(a, b)
    expect(verdict.certificate.refuted).toBe(0)
    expect(verdict.equivalent).toBe(false)
  })
})

describe("not comparable", () => {
  const net = randomNet(block.join("\n"))

  test.each([
    [
      "an output of another name",
      [image, conv("c", "data", "o")],
      "not comparable: the second net has no output c",
    ],
    ["an output more", [...block, conv("e", "data", "e")], "not comparable: the first net has no output e"],
    [
      "another input",
      [image.replaceAll("data", "image"), conv("c", "image", "c")],
      "not comparable: the second net has no input data",
    ],
    [
      "another shape",
      [image, conv("c", "data", "c", "num_output: 5 kernel_size: 3 pad: 1")],
      "not comparable: output c is 2x4x7x6 and 2x5x7x6",
    ],
  ])("%s", async (_, prototxt, why) => {
    const verdict = await compareNets(net, randomNet(prototxt.join("\n")))
    expect(verdict.equivalent).toBe(false)
    expect(verdict.why).toBe(why)
    expect(verdict.toJSON()).toMatchObject({ equivalent: false, mismatch: why })
  })

  test("a net without weights is an error that names the layer", async () => {
    await expect(compareNets(net, parseNet(block.join("\n")))).rejects.toThrow("no weights loaded: layer c")
  })
})

describe("the verdict", () => {
  const net = randomNet(block.join("\n"))
  const { net: folded } = foldBatchNorm(net)

  test("is plain JSON, every number of it", async () => {
    const verdict = await compareNets(net, withParameter(folded, "c", 0, 0, Number.POSITIVE_INFINITY))
    expect(verdict.equivalent).toBe(false)
    const json = JSON.stringify(verdict)
    expect(JSON.parse(json)).toEqual(verdict.toJSON())
    expect(json).not.toContain("null")
    expect(JSON.parse(json)).toMatchObject({ equivalent: false, engine: "reference", backend: "typescript" })
  })

  test("counts the reader's own data as a probe, whatever its size", async () => {
    const next = numbers(3)
    const data = { shape: [1, 3, 5, 9], data: new Float32Array(135).map(next) }
    const verdict = await compareNets(net, folded, { inputs: { data } })
    expect(verdict.probes[0]).toBe("given")
    expect(verdict.equivalent).toBe(true)
    await expect(compareNets(net, folded, { inputs: { image: data } })).rejects.toThrow(
      "no such input: image",
    )
  })

  test("is the same every time", async () => {
    const [one, two] = [await compareNets(net, folded), await compareNets(net, folded)]
    expect(one.toJSON()).toEqual(two.toJSON())
  })

  test("tells how far it is", async () => {
    const seen: string[] = []
    await compareNets(net, folded, {
      onProgress: ({ stage, done, total }) => void seen.push(`${stage} ${done}/${total}`),
    })
    expect(seen.slice(0, 3)).toEqual(["segments 1/2", "segments 2/2", "end to end 1/9"])
  })
})

/** y = max(x, 0) + a min(x, 0) as ReLU(x) - a ReLU(-x), with one slope multiplied by `factor`. */
function splitPRelu(factor: number): { a: Net; b: Net } {
  const head = [image, conv("c", "data", "c")]
  const a = randomNet([...head, `layer { name: "p" type: "PReLU" bottom: "c" top: "o" }`].join("\n"))
  const b = randomNet(
    [
      ...head,
      relu("pos", "c", "pos"),
      scale("neg", "c", "neg", ""),
      relu("nrelu", "neg"),
      scale("slope", "neg", "slope", ""),
      `layer { name: "sum" type: "Eltwise" bottom: "pos" bottom: "slope" top: "o" }`,
    ].join("\n"),
  )
  const slopes = a.layer("p").blobs[0]!.data
  const minus = withBlobs(b, "neg", () => [{ shape: [4], data: new Float32Array(4).fill(-1) }])
  const sloped = withBlobs(minus, "slope", () => [
    { shape: [4], data: slopes.map((s, c) => -s * (c === 2 ? factor : 1)) },
  ])
  return { a, b: withBlobs(sloped, "c", () => a.layer("c").blobs) }
}

/** A 1x1 convolution a channel before a wide one, and both in the weights of one, one of them multiplied by `factor`. */
function joinedConvolutions(factor: number): { a: Net; b: Net } {
  const data = input("dim: 1 dim: 64 dim: 9 dim: 9")
  const a = randomNet(
    [
      data,
      conv("each", "data", "s", "num_output: 64 kernel_size: 1 group: 64 bias_term: false"),
      conv("c", "s", "c", "num_output: 8 kernel_size: 3"),
    ].join("\n"),
  )
  const plain = randomNet([data, conv("c", "data", "c", "num_output: 8 kernel_size: 3")].join("\n"))
  const gain = a.layer("each").blobs[0]!.data
  const [weight, bias] = a.layer("c").blobs
  const folded = weight!.data.map((w, i) => w * gain[Math.floor(i / 9) % 64]!)
  const b = withBlobs(plain, "c", () => [{ shape: weight!.shape, data: folded }, bias!])
  const largest = folded.reduce((most, w, i) => (Math.abs(w) > Math.abs(folded[most]!) ? i : most), 0)
  return { a, b: withParameter(b, "c", 0, largest, factor) }
}
