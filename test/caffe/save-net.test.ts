import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
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

test.each(casesOf("rewrites"))("%s is the same net after saving and loading", async (name) => {
  const { prototxt, caffemodel } = readCase("rewrites", name)
  const net = await loadNet(prototxt, existsSync(caffemodel) ? caffemodel : undefined)
  const files = await saveNet(net, join(await temporary(), "net"))
  expect(contents(await loadNet(files.prototxt, files.caffemodel))).toEqual(contents(net))
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
