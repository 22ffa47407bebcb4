import { mkdtemp, readdir, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readCaffeModel } from "../../src/caffe/caffemodel.js"
import { loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { type Layer, makeValue, Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { readCase } from "../oracle/case.js"

const temporary = () => mkdtemp(join(tmpdir(), "prelab-save-"))

/** A length-delimited protobuf field; numbers below 16 have a tag of one byte. */
function field(number: number, payload: string | readonly number[] | Uint8Array): number[] {
  const bytes = [...Buffer.from(payload as string)]
  const tag = number * 8 + 2
  return [...(tag < 128 ? [tag] : [(tag & 127) | 128, tag >> 7]), bytes.length, ...bytes]
}

test("a fork's fields in a caffemodel come back byte for byte", async () => {
  const text = Buffer.from('layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }')
  // Varint, 64-bit, length-delimited, group with a group inside, 32-bit: no field of LayerParameter has these numbers.
  const extra = [
    ...[0xc8, 0x0c, 0x96, 0x01],
    ...[0xd1, 0x0c, 1, 2, 3, 4, 5, 6, 7, 8],
    ...field(203, "fork"),
    ...[0xe3, 0x0c, 0x0b, 0x08, 0x01, 0x0c, 0xe4, 0x0c],
    ...[0xed, 0x0c, 9, 9, 9, 9],
  ]
  const layer = [...field(1, "x"), ...extra.slice(0, 14), ...field(2, "Input"), ...extra.slice(14)]
  const model = Buffer.from(field(100, layer))
  const net = await loadNet(text, model)
  expect([...net.layer("x").extra!]).toEqual(extra)
  const files = await saveNet(net, join(await temporary(), "net"))
  expect(await readFile(files.caffemodel)).toEqual(model)
  const rewritten = net.with(net.layers.map(({ origin: _origin, ...each }) => each))
  const anew = await saveNet(rewritten, join(await temporary(), "net"))
  expect((await readFile(anew.caffemodel)).includes(Buffer.from(extra))).toBe(true)
  expect([...(await loadNet(anew.prototxt, anew.caffemodel)).layer("x").extra!]).toEqual(extra)
})

test("a fork's text fields stay in a layer that is written anew", async () => {
  const text =
    'layer { name: "x" type: "Fork" top: "x" fork_param { hole: 2 mode: "FAST" kind: FAST list: [1, 2] } }'
  const net = await loadNet(Buffer.from(text))
  const bare = net.with(net.layers.map(({ origin: _origin, ...layer }) => layer))
  const files = await saveNet(bare, join(await temporary(), "net"))
  expect(await readFile(files.prototxt, "utf8")).toContain(
    '  fork_param {\n    hole: 2\n    mode: "FAST"\n    kind: FAST\n    list: 1\n    list: 2\n  }\n',
  )
  expect((await loadNet(files.prototxt)).layer("x").message).toEqual(net.layer("x").message)
})

test("weights that are missing stay missing", async () => {
  const { prototxt } = readCase("layers", "prelu")
  const net = await loadNet(prototxt)
  const files = await saveNet(net, join(await temporary(), "net"))
  const again = await loadNet(files.prototxt, files.caffemodel)
  expect(again.warnings.join()).toContain("in the caffemodel")
})

test("two layers with one name and two sets of weights cannot be saved", async () => {
  const { prototxt, caffemodel } = readCase("formats", "duplicate_layer_names")
  const net = await loadNet(prototxt, caffemodel)
  const [data, first, second] = net.layers
  const other = { ...second!, blobs: first!.blobs }
  const save = saveNet(net.with([data!, first!, other]), join(await temporary(), "net"))
  await expect(save).rejects.toThrow("two layers with one name: fc")
})

test("an untouched net keeps its comments and fork fields", async () => {
  const text =
    'name: "n"\nlayer { # the input\n  name: "data" type: "Input" top: "data"\n  input_param { shape { dim: 2 } } fork_param { hole: 2 } }\n'
  const net = await loadNet(Buffer.from(text))
  const files = await saveNet(net, join(await temporary(), "net"))
  expect(await readFile(files.prototxt, "utf8")).toBe(text)
})

test("a rewritten Scale states bias_term, whose default TensorRT reads the other way round", async () => {
  const { prototxt, caffemodel } = readCase("layers", "scale")
  const net = await loadNet(prototxt, caffemodel)
  const bare = new Net({
    ...net,
    name: "n",
    layers: net.layers.map(({ origin: _origin, ...layer }) => layer),
  })
  const files = await saveNet(bare, join(await temporary(), "net"))
  const text = await readFile(files.prototxt, "utf8")
  const scales = text.split("layer {").filter((part) => part.includes('type: "Scale"'))
  expect(scales.length).toBeGreaterThan(0)
  for (const part of scales) expect(part).toMatch(/bias_term: (true|false)/)
})

test("nothing but the two files is left behind", async () => {
  const folder = await temporary()
  await saveNet(await loadNet(Buffer.from('name: "empty"')), join(folder, "net"))
  expect((await readdir(folder)).sort()).toEqual(["net.caffemodel", "net.prototxt"])
})

describe("a net that was edited", () => {
  const text = [
    "# a net",
    'name: "n" force_backward: true',
    'input: "data" input_shape { dim: 1 dim: 3 dim: 4 dim: 4 } # from the camera',
    "",
    'layer { name: "train" type: "Data" top: "data" include { phase: TRAIN } } # not at TEST',
    'layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"',
    "  convolution_param { num_output: 2 kernel_size: 1 } } # the first",
    "",
    'layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }',
    "",
    'layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }',
    'layer { name: "loss" type: "Silence" bottom: "conv" exclude { phase: TEST } }',
    "",
  ].join("\n")
  const saved = async (net: Net) => {
    const files = await saveNet(net, join(await temporary(), "net"))
    return await readFile(files.prototxt, "utf8")
  }
  const without = (name: string) => (net: Net) => net.with(net.layers.filter((layer) => layer.name !== name))
  const changed = (name: string, change: Partial<Layer>) => (net: Net) =>
    net.with(net.layers.map((layer) => (layer.name === name ? { ...layer, ...change } : layer)))
  const edits: readonly (readonly [what: string, edit: (net: Net) => Net, old: string, now: string])[] = [
    ["nothing", (net) => net, "", ""],
    [
      "a layer removed: the blank line before it goes too",
      without("relu"),
      '\n\nlayer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }',
      "",
    ],
    [
      "a message changed",
      changed("relu", { message: { relu_param: { negative_slope: 0.1 } } }),
      'layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }',
      'layer {\n  name: "relu"\n  type: "ReLU"\n  bottom: "conv"\n  top: "conv"\n  relu_param {\n    negative_slope: 0.1\n  }\n}',
    ],
    [
      "a layer renamed",
      changed("relu", { name: "r" }),
      'layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }',
      'layer {\n  name: "r"\n  type: "ReLU"\n  bottom: "conv"\n  top: "conv"\n}',
    ],
    [
      "the net renamed",
      (net) => net.with(net.layers, { name: "m" }),
      '# a net\nname: "n"',
      'name: "m"\n# a net\n',
    ],
    [
      "a field of the net changed",
      (net) => net.with(net.layers, { message: {} }),
      'name: "n" force_backward: true',
      'name: "n"',
    ],
    [
      "the inputs changed",
      changed("input", { message: { input_param: { shape: [{ dim: [1, 3, 8, 8] }] } } }),
      'input: "data" input_shape { dim: 1 dim: 3 dim: 4 dim: 4 }',
      'layer {\n  name: "input"\n  type: "Input"\n  top: "data"\n  input_param {\n    shape {\n      dim: 1\n      dim: 3\n      dim: 8\n      dim: 8\n    }\n  }\n}',
    ],
  ]

  test.each(edits)("%s", async (_, edit, old, now) => {
    const net = await loadNet(Buffer.from(text))
    expect(await saved(edit(net))).toBe(text.replace(old, now))
    const crlf = await loadNet(Buffer.from(text.replaceAll("\n", "\r\n")))
    expect(await saved(edit(crlf))).toBe(text.replace(old, now).replaceAll("\n", "\r\n"))
  })

  test("a new layer stands behind the layer before it, a moved one where it is now", async () => {
    const net = await loadNet(Buffer.from(text))
    const [input, conv, bn, relu] = net.layers as [Layer, Layer, Layer, Layer]
    const top = makeValue("abs")
    const abs: Layer = {
      name: "abs",
      type: "AbsVal",
      bottoms: relu.tops,
      tops: [top],
      message: {},
      blobs: [],
    }
    const order = async (layers: Layer[]) =>
      [...(await saved(net.with(layers))).matchAll(/name: "(\w+)"/g)].map(([, name]) => name)
    expect(await order([input, conv, bn, relu, abs])).toEqual([
      "n",
      "train",
      "conv",
      "bn",
      "relu",
      "abs",
      "loss",
    ])
    const swapped = { ...relu, bottoms: conv.tops, tops: bn.bottoms.map(({ blob }) => makeValue(blob)) }
    const last = { ...bn, bottoms: swapped.tops }
    expect(await order([input, conv, swapped, last])).toEqual(["n", "train", "conv", "relu", "bn", "loss"])
  })

  test("layers in a list are written one by one", async () => {
    const [relu, tanh] = ["ReLU", "TanH"].map(
      (type) => `{ name: "${type}" type: "${type}" bottom: "x" top: "x" }`,
    )
    const list = `input: "x" input_shape { dim: 2 }\nlayer: [${relu}, ${tanh}]\n# end\n`
    const net = await loadNet(Buffer.from(list))
    const now = await saved(net)
    expect(now).toMatch(/^input: "x" input_shape \{ dim: 2 \}\nlayer \{[^{}]*\}\nlayer \{[^{}]*\}\n# end\n$/)
    expect((await loadNet(Buffer.from(now))).layers.map(({ type }) => type)).toEqual([
      "Input",
      "ReLU",
      "TanH",
    ])
  })

  test("weights of layers that only the caffemodel has stay, and so does the other phase", async () => {
    const { prototxt, caffemodel } = readCase("formats", "model_with_training_layers")
    const net = await loadNet(prototxt, caffemodel)
    const [, ...rest] = net.layers.filter(({ type }) => type === "PReLU")
    expect(rest).toEqual([])
    const rewritten = net.with(net.layers.map(({ origin: _origin, ...layer }) => layer))
    const files = await saveNet(rewritten, join(await temporary(), "net"))
    const layers = async (path: string) =>
      readCaffeModel(await readFile(path)).layers.filter(({ blobs }) => blobs.length > 0)
    const [old, now] = [await layers(caffemodel), await layers(files.caffemodel)]
    const values = ({ name, blobs }: (typeof old)[number]) => [name, blobs.map(({ data }) => [...data])]
    expect(now.map(({ name }) => name)).toContain("aux_fc")
    expect(now.map(values)).toEqual(old.map(values))
  })

  test("what was folded away is not kept", async () => {
    const { prototxt, caffemodel } = readCase("rewrites", "bn_scale_conv")
    const net = await loadNet(prototxt, caffemodel)
    const files = await saveNet(foldBatchNorm(net).net, join(await temporary(), "net"))
    const types = readCaffeModel(await readFile(files.caffemodel)).layers.map(({ type }) => type)
    expect(types).not.toContain("BatchNorm")
    expect(await readFile(files.prototxt, "utf8")).not.toContain("BatchNorm")
  })
})
