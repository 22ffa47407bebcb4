import { mkdtemp, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet, writePrototxt } from "../../src/caffe/save-net.js"
import { forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import type { Blob, Net, Shape } from "../../src/net/index.js"
import { type SplitOptions, splitPRelu } from "../../src/transforms/index.js"
import { casesOf, inputsOf, isWhole, readCase } from "../oracle/case.js"
import { expectSameBits, prelu, values } from "./bits.js"
import { conv, image, input, randomNet, withBlobs } from "./random-net.js"

const forms: SplitOptions[] = [{ form: "scale" }, { form: "group-convolution" }]

const shared = "prelu_param { channel_shared: true }"

async function expectSplit(net: Net, options: SplitOptions, inputs: Record<string, Blob>): Promise<Net> {
  const { net: split, report } = splitPRelu(net, options)
  expect(report.kept).toBe(0)
  expect(split.layers.map(({ type }) => type)).not.toContain("PReLU")
  expectSameBits(await forward(net, inputs), await forward(split, inputs))
  return split
}

describe.each(forms)("the same bits as Caffe's formula, form $form", (options) => {
  const cases: readonly (readonly [name: string, shape: Shape, param: string])[] = [
    ["per channel", [2, 4, 5, 6], ""],
    ["channel_shared", [2, 4, 5, 6], shared],
    ["one spatial axis", [3, 4, 17], ""],
    ["three spatial axes", [1, 4, 3, 3, 3], ""],
  ]
  test.each(cases)("%s", async (_, shape, param) => {
    const data = input(shape.map((n) => `dim: ${n}`).join(" "))
    const net = randomNet([data, prelu("data", "o", param)].join("\n"))
    for (const scale of [1, -1, 1.2783, 1e-30, 1e30, 0]) {
      const scaled = withBlobs(net, "p", (blobs) =>
        blobs.map((blob) => ({
          shape: blob.shape,
          data: blob.data.map((slope, c) => (c === 0 ? scale : slope * scale)),
        })),
      )
      const split = await expectSplit(scaled, options, { data: values(shape) })
      expect(split.producer(net.layer("p").tops[0]!).name).toBe("p")
    }
  })
})

test("two axes have no group convolution, and say so", async () => {
  const net = randomNet([input("dim: 3 dim: 5"), prelu("data", "o")].join("\n"))
  await expectSplit(net, {}, { data: values([3, 5]) })
  const { net: kept, report } = splitPRelu(net, { form: "group-convolution" })
  expect(report.actions).toEqual([
    {
      layer: "p",
      type: "PReLU",
      action: "kept",
      why: "data has 2 axes: a convolution needs one after the channels",
    },
  ])
  expect(kept.layers).toEqual(net.layers)
})

test("the composition of pull request 1940 had the sign wrong: it is not the PReLU", async () => {
  const net = randomNet([input("dim: 1 dim: 2 dim: 3 dim: 3"), prelu("data", "o")].join("\n"))
  const { net: split } = splitPRelu(net, { form: "group-convolution" })
  const wrong = withBlobs(split, "p_slope", ([weight]) => [
    { shape: weight!.shape, data: weight!.data.map((v) => -v) },
  ])
  expect((await compareNets(net, split)).equivalent).toBe(true)
  const verdict = await compareNets(net, wrong)
  expect(verdict.equivalent).toBe(false)
  expect(verdict.certificate.refuted).toBe(1)
})

test("what is written is what TensorRT reads: bias_term stated, no coeff, no phase, -1 not trained", () => {
  const spec = `param { name: "a" lr_mult: 2 decay_mult: 0 }`
  const net = randomNet([image, conv("c", "data", "c"), prelu("c", "c", spec)].join("\n"))
  const { net: split, report } = splitPRelu(net)
  const text = writePrototxt(split)
  expect(text.match(/bias_term: false/g)).toHaveLength(2)
  expect(text).not.toMatch(/coeff|phase|name: "a"/)
  expect(split.layer("p_neg").message.param).toEqual([{ lr_mult: 0, decay_mult: 0 }])
  expect(split.layer("p_slope").message.param).toEqual([{ lr_mult: 2, decay_mult: 0 }])
  expect(report.actions[0]!.why).toContain("the slopes that it shared as a are its own copy now")
  expect(report.actions[0]!.into).toBe("p_pos, p_neg, p_neg_relu, p_slope, p")
})

test("slopes of 0 everywhere are a ReLU; equal slopes only where asked for", async () => {
  const shape = [2, 4, 5, 6]
  const net = randomNet([input("dim: 2 dim: 4 dim: 5 dim: 6"), prelu("data", "o")].join("\n"))
  const equal = (slope: number) =>
    withBlobs(net, "p", ([blob]) => [{ shape: blob!.shape, data: blob!.data.map(() => slope) }])
  const types = ({ layers }: Net) => layers.slice(1).map(({ type }) => type)
  for (const slope of [0, -0]) {
    const plain = await expectSplit(equal(slope), {}, { data: values(shape) })
    expect(types(plain)).toEqual(["ReLU"])
    expect(plain.layer("p").message).toEqual({})
  }
  for (const slope of [0.1, -0.3, 1]) {
    const leaky = await expectSplit(equal(slope), { leaky: true }, { data: values(shape) })
    expect(types(leaky)).toEqual(["ReLU"])
    expect((await compareNets(equal(slope), leaky)).certificate.proved).toBe(1)
    expect(types(await expectSplit(equal(slope), {}, { data: values(shape) }))).toContain("Eltwise")
    // As its file gives it back.
    const again = parseNet(writePrototxt(leaky))
    expectSameBits(
      await forward(leaky, { data: values(shape) }),
      await forward(again, { data: values(shape) }),
    )
  }
})

test("without weights, or where the shape is unknown, it stays with the reason", () => {
  const bare = parseNet([image, prelu("data", "o")].join("\n"))
  expect(splitPRelu(bare).report.actions[0]).toMatchObject({
    action: "kept",
    why: "no weights are loaded for it",
  })
  const mystery = `layer { name: "m" type: "Mystery" bottom: "data" top: "m" }`
  const unknown = withBlobs(parseNet([image, mystery, prelu("m", "o", shared)].join("\n")), "p", () => [
    { shape: [], data: Float32Array.of(0.5) },
  ])
  expect(splitPRelu(unknown).report.actions[0]!.why).toBe(
    "the shape of m is unknown: unsupported layer type: Mystery in layer m",
  )
  expect(String(splitPRelu(parseNet(image)).report)).toBe("Split PReLU: no PReLU in this net")
})

test("new names are free ones, and the original stays as it was", () => {
  const relu = `layer { name: "p_pos" type: "ReLU" bottom: "o" top: "r" }`
  const net = randomNet([image, prelu("data", "o"), relu].join("\n"))
  const { net: split } = splitPRelu(net)
  const names = split.layers.map(({ name }) => name)
  expect(names).toEqual(["data", "p_pos_2", "p_neg", "p_neg_relu", "p_slope", "p", "p_pos"])
  expect(net.layers.map(({ name }) => name)).toEqual(["data", "p", "p_pos"])
})

const temporary = async () => join(await mkdtemp(join(tmpdir(), "prelab-split-")), "net")

describe("Caffe's PReLU rewrites", () => {
  const cases = casesOf("rewrites").filter((name) => name.startsWith("prelu"))
  test.each(cases)("%s, also from its files", async (name) => {
    const of = readCase("rewrites", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    for (const options of name === "prelu_2d" ? forms.slice(0, 1) : forms) {
      const { net: split } = splitPRelu(net, options)
      const files = await saveNet(split, await temporary())
      const again = await loadNet(files.prototxt, files.caffemodel)
      expect(await readFile(files.prototxt, "utf8")).not.toContain("PReLU")
      for (const other of [split, again])
        expectSameBits(await forward(net, inputsOf(of)), await forward(other, inputsOf(of)))
      const verdict = await compareNets(net, again)
      expect(verdict.why).toContain("within their bounds")
      expect(verdict.certificate.refuted + verdict.certificate.measured).toBe(0)
    }
  })
  test("are there", () => expect(cases.length).toBeGreaterThan(0))
})

if (isWhole)
  describe.each(["det1", "det2"])("MTCNN's %s", (name) => {
    test.each(forms)(
      "has the same bits in every blob it shares with its split, form $form",
      async (options) => {
        const of = readCase("models", name)
        const net = await loadNet(of.prototxt, of.caffemodel)
        // A PReLU behind an InnerProduct has two axes.
        const { net: split, report } = splitPRelu(net, options)
        const flat = options.form === "group-convolution" && name === "det2" ? 1 : 0
        expect(report.kept).toBe(flat)
        const [a, b] = [
          await forward(net, inputsOf(of), { all: true }),
          await forward(split, inputsOf(of), { all: true }),
        ]
        expectSameBits(a, b)
        const mine = new Map(b.tops.map(({ layer, top, blob }) => [`${layer} ${top}`, blob.data]))
        let compared = 0
        for (const { layer, top, blob } of a.tops) {
          const other = mine.get(`${layer} ${top}`)!
          expect(blob.data.findIndex((value, i) => !Object.is(value, other[i]))).toBe(-1)
          compared++
        }
        expect(compared).toBe(net.layers.length)
        const verdict = await compareNets(net, split)
        expect(verdict.equivalent).toBe(true)
        expect(verdict.certificate).toMatchObject({ complete: true, proved: report.rules.length })
      },
    )
  })
