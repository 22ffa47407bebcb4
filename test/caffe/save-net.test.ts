import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { type LoadOptions, loadNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { Net } from "../../src/net/index.js"
import { casesOf, readCase } from "../oracle/case.js"

const temporary = () => mkdtemp(join(tmpdir(), "prelab-save-"))

/** Everything that a file says about a net, values by their place among all values. */
function contents(net: Net) {
  const values = net.values
  return net.layers.map(({ name, type, message, bottoms, tops, blobs }) => {
    const { include: _include, exclude: _exclude, ...rest } = message
    const wiring = [bottoms, tops].map((list) => list.map((value) => values.indexOf(value)))
    return { name, type, message: rest, wiring, outputs: tops.map((top) => top.blob), blobs }
  })
}

describe.each(["formats", "layers", "rewrites"])("%s", (category) => {
  test.each(casesOf(category))("%s is the same net after saving and loading", async (name) => {
    const { prototxt, caffemodel, phase = "TEST", state } = readCase(category, name)
    const options: LoadOptions = { phase, level: state?.level ?? 0, stages: state?.stages ?? [] }
    const net = await loadNet(prototxt, existsSync(caffemodel) ? caffemodel : undefined, options)
    const files = await saveNet(net, join(await temporary(), "net"))
    const again = await loadNet(files.prototxt, files.caffemodel, options)
    expect(contents(again)).toEqual(contents(net))
  })
})

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
  const net = await loadNet(text, Buffer.from(field(100, layer)))
  expect([...net.layer("x").extra!]).toEqual(extra)
  const files = await saveNet(net, join(await temporary(), "net"))
  expect((await readFile(files.caffemodel)).includes(Buffer.from(extra))).toBe(true)
  expect([...(await loadNet(files.prototxt, files.caffemodel)).layer("x").extra!]).toEqual(extra)
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

test("the same net gives the same bytes", async () => {
  const { prototxt, caffemodel } = readCase("rewrites", casesOf("rewrites")[0]!)
  const net = await loadNet(prototxt, caffemodel)
  const [a, b] = [
    await saveNet(net, join(await temporary(), "a")),
    await saveNet(net, join(await temporary(), "a")),
  ]
  expect(await readFile(a.caffemodel)).toEqual(await readFile(b.caffemodel))
  expect(await readFile(a.prototxt)).toEqual(await readFile(b.prototxt))
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
