import { mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import type { Net } from "../../src/net/index.js"
import { splitPRelu, tidy } from "../../src/transforms/index.js"
import { casesOf, readCase } from "../oracle/case.js"
import { expectSameBits, prelu } from "./bits.js"
import { bn, conv, image, numbers, randomNet, relu, scale, withParameter } from "./random-net.js"

const label = `layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }`
const ip = (name: string, bottom: string, top: string) =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" param { lr_mult: 1 } param { lr_mult: 2 }
    inner_product_param { num_output: 5 weight_filler { type: "xavier" } bias_filler { type: "constant" value: 0 } } }`
const loss = (bottom: string) =>
  `layer { name: "loss" type: "SoftmaxWithLoss" bottom: "${bottom}" bottom: "label" top: "loss" loss_weight: 1 }`
const accuracy = (bottom: string) =>
  `layer { name: "acc" type: "Accuracy" bottom: "${bottom}" bottom: "label" top: "acc" include { phase: TEST } }`
const softmax = `layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }`

const random = numbers(3)
const data = { shape: [2, 3, 7, 6], data: new Float32Array(252).map(() => 4 * random()) }
const names = ({ layers }: Net) => layers.map(({ name }) => name)
const outputs = (net: Net) => net.outputs.map(({ blob }) => blob)
const build = (...layers: readonly string[]) => randomNet(layers.join("\n"))

describe("a net for training becomes one to run", () => {
  const net = build(
    image,
    label,
    conv("c", "data", "c"),
    relu("r", "c"),
    ip("fc", "c", "fc"),
    loss("fc"),
    accuracy("fc"),
  )
  const { net: tidied, report } = tidy(net)

  test("losses, Accuracy and labels go; the scores become the output", () => {
    expect(names(tidied)).toEqual(["data", "c", "r", "fc"])
    expect(tidied.inputs.map(({ blob }) => blob)).toEqual(["data"])
    expect(outputs(tidied)).toEqual(["fc"])
    expect(report.actions).toEqual([
      { layer: "label", type: "Input", action: "removed", why: "no output needs it" },
      {
        layer: "fc",
        type: "InnerProduct",
        action: "trimmed",
        why: "training alone reads param, weight_filler, bias_filler",
      },
      {
        layer: "loss",
        type: "SoftmaxWithLoss",
        action: "removed",
        why: "it serves training: no output needs it",
      },
      { layer: "acc", type: "Accuracy", action: "removed", why: "it serves training: no output needs it" },
    ])
    expect(String(report)).toBe("Tidy: 3 layers removed, 1 layer trimmed, none kept")
    expect(tidied.layer("fc").message).toEqual({ inner_product_param: { num_output: 5 } })
  })

  test("what is left computes the same, and a changed weight is noticed", async () => {
    const verdict = await compareNets(net, tidied, { outputs: outputs(tidied) })
    expect(verdict.equivalent).toBe(true)
    expect(verdict.certificate).toMatchObject({ identical: 3, complete: true })
    const broken = withParameter(tidied, "c", 0, 3, 1.001)
    expect((await compareNets(net, broken, { outputs: ["fc"] })).equivalent).toBe(false)
    expect((await compareNets(net, tidied)).why).toContain("not comparable")
    await expect(compareNets(net, tidied, { outputs: ["fd"] })).rejects.toThrow("no such output: fd")
  })

  test("together with another rewrite", async () => {
    const whole = build(image, label, conv("c", "data", "c"), prelu("c"), ip("fc", "c", "fc"), loss("fc"))
    const { net: both } = splitPRelu(tidy(whole).net)
    const verdict = await compareNets(whole, both, { outputs: ["fc"] })
    expect(verdict.equivalent).toBe(true)
    expect(verdict.certificate).toMatchObject({ identical: 2, proved: 1, complete: true })
  })
})

test("scores that something else needs are no output, and other outputs stay", () => {
  const { net } = tidy(
    build(image, label, ip("fc", "data", "fc"), softmax, loss("fc"), relu("r", "data", "side")),
  )
  expect(outputs(net)).toEqual(["prob", "side"])
})

test("wanted outputs take only what they need; an unknown one is an error", () => {
  const net = build(image, conv("c", "data", "c"), ip("fc", "c", "fc"), softmax, conv("d", "c", "side"))
  expect(names(tidy(net, { outputs: ["prob"] }).net)).toEqual(["data", "c", "fc", "prob"])
  expect(names(tidy(net, { outputs: ["side"] }).net)).toEqual(["data", "c", "d"])
  expect(() => tidy(net, { outputs: ["probs"] })).toThrow('no such blob: probs; did you mean "prob"?')
})

test("silenced branches go; a Silence stays where its blob cannot go alone", async () => {
  const silence = (...bottoms: string[]) =>
    `layer { name: "quiet" type: "Silence" ${bottoms.map((b) => `bottom: "${b}"`).join(" ")} }`
  const branch = build(
    image,
    conv("c", "data", "c"),
    conv("d", "data", "d"),
    relu("r", "d", "e"),
    silence("e"),
  )
  expect(names(tidy(branch).net)).toEqual(["data", "c"])
  const slice = `layer { name: "s" type: "Slice" bottom: "data" top: "a" top: "b" slice_param { slice_point: 1 } }`
  const sliced = build(image, slice, relu("r", "a", "o"), conv("d", "data", "d"), silence("d", "b"))
  const { net, report } = tidy(sliced)
  expect(names(net)).toEqual(["data", "s", "r", "quiet"])
  expect(outputs(net)).toEqual(["o"])
  expect(report.actions.map(({ layer, action }) => `${layer} ${action}`)).toEqual([
    "d removed",
    "quiet trimmed",
  ])
  expectSameBits(await forward(sliced, { data }), await forward(net, { data }))
})

test("Split layers become wiring, and the outputs keep their names", async () => {
  const split = (...tops: string[]) =>
    `layer { name: "split" type: "Split" bottom: "c" ${tops.map((t) => `top: "${t}"`).join(" ")} }`
  const net = build(
    image,
    conv("c", "data", "c"),
    split("c0", "c1"),
    relu("r", "c0", "o"),
    conv("d", "c1", "d"),
  )
  const { net: tidied, report } = tidy(net)
  expect(names(tidied)).toEqual(["data", "c", "r", "d"])
  expect(report.actions).toMatchObject([{ layer: "split", action: "removed" }])
  expectSameBits(await forward(net, { data }), await forward(tidied, { data }))
  expect((await compareNets(net, tidied)).certificate.complete).toBe(true)
  const output = build(image, conv("c", "data", "c"), split("c0", "c1"), relu("r", "c0", "o"))
  expect(tidy(output).report.actions).toMatchObject([
    {
      layer: "split",
      action: "kept",
      why: "its top c1 is an output of the net, and r (ReLU) reads the same value",
    },
  ])
})

describe("data layers", () => {
  const reader = (type: string, param = "") =>
    `layer { name: "data" type: "${type}" top: "data" top: "label" include { phase: TEST } ${param} }`
  const rest = [ip("fc", "data", "fc"), loss("fc")]
  const weights = randomNet([image, ip("fc", "data", "fc")].join("\n")).layer("fc").blobs
  const build = (head: string) => {
    const net = parseNet([head, ...rest].join("\n"))
    return net.with(net.layers.map((layer) => (layer.name === "fc" ? { ...layer, blobs: weights } : layer)))
  }

  test("become inputs of the shape that is told, or that they state, and are compared so", async () => {
    const memory = reader("MemoryData", "memory_data_param { batch_size: 2 channels: 3 height: 7 width: 6 }")
    for (const [net, options] of [
      [build(reader("Data")), { inputs: { data: [2, 3, 7, 6] } }],
      [build(memory), {}],
    ] as const) {
      const { net: tidied, report } = tidy(net, options)
      expect(names(tidied)).toEqual(["data", "fc"])
      expect(report.actions[0]).toMatchObject({ layer: "data", action: "replaced" })
      expect(tidied.layer("data").message).toEqual({ input_param: { shape: [{ dim: [2, 3, 7, 6] }] } })
      const verdict = await compareNets(net, tidied, { outputs: ["fc"] })
      expect(verdict.why).toContain("within their bounds")
      expect(verdict.equivalent).toBe(true)
    }
  })

  test("stay where the shape is unknown", () => {
    expect(tidy(build(reader("ImageData"))).report.actions[0]).toEqual({
      layer: "data",
      type: "ImageData",
      action: "kept",
      why: "the shape of data is not known: it must be told",
    })
  })
})

test("an Input loses the tops that only training read, with their shapes", () => {
  const both = `layer { name: "in" type: "Input" top: "label" top: "data" input_param { shape { dim: 2 } shape { dim: 2 dim: 3 dim: 7 dim: 6 } } }`
  const { net } = tidy(build(both, ip("fc", "data", "fc"), loss("fc")))
  expect(net.layer("in").tops.map(({ blob }) => blob)).toEqual(["data"])
  expect(net.layer("in").message).toEqual({ input_param: { shape: [{ dim: [2, 3, 7, 6] }] } })
})

test("names of shared parameters stay, learning rates go", async () => {
  const spec = `param { name: "w" lr_mult: 1 } param { lr_mult: 2 }`
  const net = build(image, conv("c", "data", "c", undefined, spec), conv("d", "data", "d", undefined, spec))
  const shared = net.with(
    net.layers.map((layer) =>
      layer.name === "d" ? { ...layer, blobs: [net.layer("c").blobs[0]!, layer.blobs[1]!] } : layer,
    ),
  )
  expect(tidy(shared).net.layer("d").message.param).toEqual([{ name: "w" }])
  const statistics = build(image, conv("c", "data", "c"), bn("bn", "c", "c", "", `param { lr_mult: 0 }`))
  expect(tidy(statistics).net.layer("bn").message.param).toBeUndefined()
})

test("what is saved has nothing of other phases, and loads again", async () => {
  const other = `layer { name: "only" type: "ReLU" bottom: "c" top: "o" include { phase: TRAIN } }`
  const text = [
    "# the licence",
    image,
    conv("c", "data", "c", undefined, `include { phase: TEST } phase: TEST`),
    other,
    scale("s", "c", "c", "bias_term: true filler { value: 2 }"),
  ].join("\n")
  const { net: tidied, report } = tidy(randomNet(text))
  expect(report.actions.map(({ layer, why }) => `${layer}: ${why}`)).toEqual([
    "c: training alone reads include, phase",
    "s: training alone reads filler",
  ])
  const files = await saveNet(tidied, join(await mkdtemp(join(tmpdir(), "prelab-tidy-")), "net"))
  const written = await readFile(files.prototxt, "utf8")
  expect(written).toContain("# the licence")
  expect(written).not.toMatch(/phase|TRAIN|filler/)
  const again = await loadNet(files.prototxt, files.caffemodel)
  expect((await compareNets(tidied, again)).certificate.complete).toBe(true)
})

test("a tidy net has nothing to tidy", () => {
  const { net, report } = tidy(build(image, conv("c", "data", "c")))
  expect(String(report)).toBe("Tidy: no layer to tidy in this net")
  expect(net.layers.map(({ name }) => name)).toEqual(["data", "c"])
})

describe("Caffe's own cases give the same outputs", () => {
  test.each(casesOf("rewrites"))("%s", async (name) => {
    const of = readCase("rewrites", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    const { net: tidied } = tidy(net)
    expect(outputs(tidied)).toEqual(outputs(net))
    expect((await compareNets(net, tidied)).certificate.complete).toBe(true)
  })
})
