import { mkdtemp } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { forward } from "../../src/engines/index.js"
import { compareNets } from "../../src/equivalence/index.js"
import type { Layer, Net } from "../../src/net/index.js"
import { joinPRelu, splitPRelu } from "../../src/transforms/index.js"
import { casesOf, inputsOf, isWhole, readCase } from "../oracle/case.js"
import { expectSameBits, prelu } from "./bits.js"
import { conv, image, numbers, randomNet, relu, scale, withBlobs } from "./random-net.js"

const head = [image, conv("c", "data", "c")]

const power = (name: string, bottom: string, top: string, param: string) =>
  `layer { name: "${name}" type: "Power" bottom: "${bottom}" top: "${top}" power_param { ${param} } }`

const sum = (bottoms: readonly string[], param = "operation: SUM", top = "s") =>
  `layer { name: "sum" type: "Eltwise" ${bottoms.map((b) => `bottom: "${b}"`).join(" ")} top: "${top}" eltwise_param { ${param} } }`

const group = (name: string, bottom: string, top: string) =>
  conv(name, bottom, top, "num_output: 4 group: 4 kernel_size: 1 bias_term: false")

/** Random weights, the layers whose name starts with "neg" all -1. */
function composed(layers: readonly string[]): Net {
  const net = randomNet([...head, ...layers, conv("end", "s", "end")].join("\n"))
  return net.layers
    .filter(({ name, blobs }) => name.startsWith("neg") && blobs.length > 0)
    .reduce(
      (at, { name }) =>
        withBlobs(at, name, ([blob]) => [{ shape: blob!.shape, data: blob!.data.map(() => -1) }]),
      net,
    )
}

const usual = [
  relu("pos", "c", "p"),
  scale("neg", "c", "n", ""),
  relu("negrelu", "n"),
  scale("slope", "n", "n", ""),
  sum(["p", "n"]),
]

const random = numbers(5)
const data = { shape: [2, 3, 7, 6], data: new Float32Array(252).map(() => 4 * random()) }

async function expectJoined(net: Net): Promise<Layer> {
  const { net: joined, report } = joinPRelu(net)
  expect(report.actions.map(({ action }) => action)).not.toContain("kept")
  expect(joined.layers.map(({ type }) => type)).toEqual(["Input", "Convolution", "PReLU", "Convolution"])
  expect(joined.outputs).toEqual(net.outputs)
  expectSameBits(await forward(net, { data }), await forward(joined, { data }))
  const verdict = await compareNets(net, joined)
  expect(verdict.why).toContain("within their bounds")
  expect(verdict.certificate).toMatchObject({ proved: 1, complete: true })
  return joined.layers[2]!
}

describe("joined into one PReLU", () => {
  const forms: Readonly<Record<string, readonly string[]>> = {
    "ReLU, Scale, ReLU, Scale, Eltwise, in place": usual,
    "not in place, the sum the other way round": [
      scale("neg", "c", "n", ""),
      relu("negrelu", "n", "n2"),
      scale("slope", "n2", "n3", ""),
      relu("pos", "c", "p"),
      sum(["n3", "p"], "stable_prod_grad: true"),
    ],
    "Power and a group convolution": [
      relu("pos", "c", "p"),
      power("neg", "c", "n", "scale: -1"),
      relu("negrelu", "n"),
      group("slope", "n", "m"),
      sum(["p", "m"]),
    ],
    "coefficients of 1 and -1": [
      relu("pos", "c", "p"),
      scale("neg", "c", "n", ""),
      relu("negrelu", "n"),
      scale("slope", "n", "n", ""),
      sum(["p", "n"], "coeff: 1 coeff: -1"),
    ],
    "Splits as Caffe saves them": [
      `layer { name: "c_c_0_split" type: "Split" bottom: "c" top: "c0" top: "c1" }`,
      relu("pos", "c0", "p"),
      scale("neg", "c1", "n", ""),
      relu("negrelu", "n"),
      scale("slope", "n", "n", ""),
      sum(["p", "n"]),
    ],
  }

  test.each(Object.entries(forms))("%s", async (_, layers) => {
    const net = composed(layers)
    const factor = layers.at(-1)!.includes("coeff: -1") ? 1 : -1
    const { name, bottoms, tops, blobs } = await expectJoined(net)
    expect({ name, bottoms, tops }).toEqual({
      name: "sum",
      bottoms: net.layer("c").tops,
      tops: net.layer("sum").tops,
    })
    expect(blobs[0]!.shape).toEqual([4])
    expect([...blobs[0]!.data]).toEqual([...net.layer("slope").blobs[0]!.data].map((v) => factor * v))
  })

  test.each([
    ["the sum's coefficient", [sum(["p", "n"], "coeff: 1 coeff: -0.3")], 0.3],
    ["a Power", [power("slope", "n", "m", "scale: 0.3"), sum(["p", "m"])], -0.3],
    ["a Scale over no axis", [scale("slope", "n", "m", "num_axes: 0"), sum(["p", "m"])], undefined],
    ["nothing at all", [sum(["p", "n"])], -1],
  ] as const)("one slope for all channels from %s", async (_, end, slope) => {
    const net = composed([
      relu("pos", "c", "p"),
      power("neg", "c", "n", "scale: -1"),
      relu("negrelu", "n"),
      ...end,
    ])
    const joined = await expectJoined(net)
    expect(joined.message).toEqual({ prelu_param: { channel_shared: true } })
    expect(joined.blobs[0]!.shape).toEqual([])
    const want = slope === undefined ? -net.layer("slope").blobs[0]!.data[0]! : Math.fround(slope)
    expect(joined.blobs[0]!.data[0]).toBe(want)
  })

  test("a Split that others still read keeps their top", async () => {
    const net = composed([
      `layer { name: "split" type: "Split" bottom: "c" top: "c0" top: "c1" top: "c2" }`,
      relu("pos", "c0", "p"),
      scale("neg", "c1", "n", ""),
      relu("negrelu", "n"),
      scale("slope", "n", "n", ""),
      sum(["p", "n"]),
      relu("other", "c2", "o"),
    ])
    const { net: joined } = joinPRelu(net)
    expect(joined.layer("split").tops.map(({ blob }) => blob)).toEqual(["c2"])
    expect(joined.outputs.map(({ blob }) => blob).sort()).toEqual(["end", "o"])
    const verdict = await compareNets(net, joined)
    expect(verdict.equivalent).toBe(true)
    expect(verdict.certificate.complete).toBe(true)
  })

  test("learning rates of the slopes come along, a shared name does not", () => {
    const layers = usual.map((text) =>
      text.replace(`name: "slope"`, `name: "slope" param { name: "w" lr_mult: 3 }`),
    )
    expect(joinPRelu(composed(layers)).net.layer("sum").message).toEqual({ param: [{ lr_mult: 3 }] })
  })
})

describe("names", () => {
  const named = (names: readonly string[], more: readonly string[] = []) => {
    const keys = ["pos", "neg", "negrelu", "slope", "sum"]
    const layers = usual.map((text, i) => text.replace(`name: "${keys[i]}"`, `name: "${names[i]}"`))
    const net = randomNet([...head, ...layers, ...more].join("\n"))
    const minus = withBlobs(net, names[1]!, ([blob]) => [
      { shape: blob!.shape, data: blob!.data.map(() => -1) },
    ])
    return joinPRelu(minus).report.rules.map(({ layer }) => layer.name)
  }

  test.each([
    [["r_pos", "r_neg", "r_nrelu", "r_slope", "r_sum"], "r"],
    [["conv1-prelu1", "conv1-prelu2", "conv1-prelu3", "conv1-prelu4", "conv1-prelu5"], "conv1-prelu"],
    [["relu1", "relu1/neg", "relu1/nrelu", "relu1/slope", "relu1/sum"], "relu1"],
    [["abc", "abd", "abe", "abf", "abg"], "abg"],
    [["c_1", "c_2", "c_3", "c_4", "c_5"], "c_5"],
  ])("%j become %s", (names, expected) => {
    // The last one's stem is the convolution's name.
    expect(named(names)).toEqual([expected])
  })
})

describe("what only looks like a PReLU stays, with the reason", () => {
  const other = (name: string, param: string) =>
    `layer { name: "${name}" type: "ReLU" bottom: "c" top: "p" relu_param { ${param} } }`
  const replaced = (index: number, text: string) => usual.with(index, text)

  test.each([
    ["a product", replaced(4, sum(["p", "n"], "operation: PROD")), "its operation is PROD, not SUM"],
    [
      "a leaky ReLU",
      replaced(0, other("pos", "negative_slope: 0.5")),
      "pos (ReLU) is leaky: its negative_slope is 0.5",
    ],
    [
      "another coefficient",
      replaced(4, sum(["p", "n"], "coeff: 2 coeff: 1")),
      "its coefficient of the positive side is 2, not 1",
    ],
    ["another factor", replaced(1, power("neg", "c", "n", "scale: -2")), "neg multiply by -2, not -1"],
    ["a second reader", [...usual, relu("late", "p", "q")], "late (ReLU) also reads p, the output of pos"],
  ])("%s", async (_, layers, why) => {
    const net = composed(layers)
    const { net: kept, report } = joinPRelu(net)
    expect(report.actions).toEqual([{ layer: "sum", type: "Eltwise", action: "kept", why }])
    expect(kept.layers).toEqual(net.layers)
  })

  test("two factors whose product float32 does not hold", () => {
    const net = composed(usual.with(4, sum(["p", "n"], "coeff: 1 coeff: 0.1")))
    expect(joinPRelu(net).report.actions[0]!.why).toMatch(
      /^its slope -?[\d.]+ is a product that float32 does not hold exactly$/,
    )
  })

  test("no weights", () => {
    const net = parseNet([...head, ...usual].join("\n"))
    expect(joinPRelu(net).report.actions[0]!.why).toBe("no weights loaded: layer neg")
  })

  test("a shortcut around two convolutions is no candidate", () => {
    const net = randomNet([...head, relu("r", "c", "r"), conv("d", "c", "n"), sum(["r", "n"])].join("\n"))
    const { report } = joinPRelu(net)
    expect(report.actions).toEqual([])
    expect(String(report)).toBe("Join PReLU: no sum that is a PReLU in this net")
  })
})

describe("there and back", () => {
  const forms = ["scale", "group-convolution"] as const

  test.each(forms)("the same slopes, names and values, form %s", (form) => {
    const net = randomNet([...head, prelu("c", "c", `param { lr_mult: 2 }`, "prelu1")].join("\n"))
    const { net: back } = joinPRelu(splitPRelu(net, { form }).net)
    const without = ({ origin: _origin, ...layer }: Layer) => layer
    expect(back.layers.map(without)).toEqual(net.layers.map(without))
    expect(back.layers[2]!.tops[0]).toBe(net.layers[2]!.tops[0])
  })

  const cases = casesOf("rewrites").filter((name) => name.startsWith("prelu"))
  test.each(cases)("%s, through files", async (name) => {
    const of = readCase("rewrites", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    const files = await saveNet(splitPRelu(net).net, join(await mkdtemp(join(tmpdir(), "prelab-")), "net"))
    const { net: back } = joinPRelu(await loadNet(files.prototxt, files.caffemodel))
    const prelus = ({ layers }: Net) => layers.filter(({ type }) => type === "PReLU")
    expect(prelus(back).map((layer) => layer.name)).toEqual(prelus(net).map((layer) => layer.name))
    for (const [i, { blobs }] of prelus(back).entries()) {
      const [mine, theirs] = [[...blobs[0]!.data], [...prelus(net)[i]!.blobs[0]!.data]]
      // A shared slope is written once a channel.
      expect(mine).toEqual(theirs.length === 1 ? mine.map(() => theirs[0]) : theirs)
    }
    expectSameBits(await forward(net, inputsOf(of)), await forward(back, inputsOf(of)))
  })

  // The oracle's own answers have a ReLU, Scale and Eltwise under other names.
  test.each(cases)("%s as somebody else split it", async (name) => {
    const of = readCase("rewrites", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    const other = await loadNet(join(of.folder, "expected.prototxt"), join(of.folder, "expected.caffemodel"))
    const { net: back, report } = joinPRelu(other)
    expect(report.kept).toBe(0)
    const prelus = ({ layers }: Net) => layers.filter(({ type }) => type === "PReLU")
    expect(prelus(back).map((layer) => layer.name)).toEqual(prelus(net).map((layer) => layer.name))
  })
})

if (isWhole)
  test.each(["det1", "det2"])("MTCNN's %s comes back with its own slopes", async (name) => {
    const of = readCase("models", name)
    const net = await loadNet(of.prototxt, of.caffemodel)
    const { net: back } = joinPRelu(splitPRelu(net).net)
    expect(back.layers.map((layer) => layer.name)).toEqual(net.layers.map((layer) => layer.name))
    for (const layer of net.layers) expect(back.layer(layer.name).blobs).toEqual(layer.blobs)
  })
