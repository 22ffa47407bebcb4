import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import { loadNet } from "../../../src/caffe/index.js"
import { exportOnnx, graphOf, OnnxRefusal } from "../../../src/formats/onnx/index.js"
import { onnxMessageType } from "../../../src/formats/onnx/schema.js"
import { callsOf } from "../../../src/layers/index.js"
import type { Net } from "../../../src/net/index.js"
import { cases } from "../../engines/gpu/cases.js"
import { casesOf, isWhole, oracle, readCase } from "../../oracle/case.js"
import { checkFiles, ensureChecker } from "./checker.mjs"

const data = (name: string) => fileURLToPath(new URL(`../../../notebooks/data/${name}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "prelab-onnx-"))

interface Model {
  readonly ir_version: string
  readonly opset_import: readonly { version: string }[]
  readonly graph: {
    readonly node: readonly { op_type: string; name: string; input: string[]; output: string[] }[]
    readonly initializer: readonly { name: string; dims: string[]; raw_data: Buffer }[]
    readonly input: readonly { name: string }[]
    readonly output: readonly { name: string }[]
  }
}

async function exported(net: Net, name: string): Promise<Model> {
  const file = join(folder, `${name.replaceAll(/\W/g, "-")}.onnx`)
  await exportOnnx(net, file)
  const type = onnxMessageType("ModelProto")
  return type.toObject(type.decode(readFileSync(file)), {
    longs: String,
    bytes: Buffer,
    arrays: true,
  }) as Model
}

const net = (text: string) => loadNet(Buffer.from(text))
const input = (dims: string) =>
  `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [${dims}] } } }`

describe("an exported net", () => {
  test("says which ONNX it is, and what it reads and gives", async () => {
    const digits = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
    const file = join(folder, "digits.onnx")
    const report = await exportOnnx(digits, file, { inputs: { data: [7, 1, 28, 28] } })
    expect(report).toMatchObject({
      opset: 17,
      irVersion: 8,
      inputs: [{ name: "data", shape: [7, 1, 28, 28] }],
      outputs: [{ name: "prob", shape: [7, 10] }],
      bytes: readFileSync(file).length,
    })
    const { ir_version, opset_import, graph } = await exported(digits, "digits at its own size")
    expect({ ir_version, opset_import }).toEqual({
      ir_version: "8",
      opset_import: [{ domain: "", version: "17" }],
    })
    expect(graph.node).toHaveLength(report.nodes)
  })

  test("has PReLU slopes that meet the channels: [C, 1, 1] for images, [C] for vectors, one where they are shared", async () => {
    const slopes = async (dims: string, shared: boolean, values: number) => {
      const before = await net(
        `${input(dims)} layer { name: "p" type: "PReLU" bottom: "x" top: "y" prelu_param { channel_shared: ${shared} } }`,
      )
      const blob = {
        shape: shared ? [] : [values],
        data: Float32Array.from({ length: values }, (_, i) => i / 8),
      }
      const layers = before.layers.map((layer) =>
        layer.type === "PReLU" ? { ...layer, blobs: [blob] } : layer,
      )
      const { graph } = await exported(before.with(layers), `prelu ${dims} ${shared}`)
      const [slope] = graph.initializer
      expect(graph.node.map((node) => node.op_type)).toEqual(["PRelu"])
      expect(graph.node[0]!.input).toEqual(["x", slope!.name])
      expect(Buffer.from(blob.data.buffer).equals(slope!.raw_data)).toBe(true)
      return slope!.dims.map(Number)
    }
    expect(await slopes("2, 3, 5, 7", false, 3)).toEqual([3, 1, 1])
    expect(await slopes("2, 3, 5", false, 3)).toEqual([3, 1])
    expect(await slopes("2, 3", false, 3)).toEqual([3])
    // Width and channels alike: [C] would pass every check and be wrong.
    expect(await slopes("1, 3, 3, 3", false, 3)).toEqual([3, 1, 1])
    expect(await slopes("2, 3, 5, 7", true, 1)).toEqual([1])
  })

  test("gives every blob one name, and of those computed in place the last has Caffe's", async () => {
    const chain = await net(`${input("1, 2")}
      layer { name: "a" type: "ReLU" bottom: "x" top: "y" }
      layer { name: "b" type: "AbsVal" bottom: "y" top: "z" }
      layer { name: "c" type: "ReLU" bottom: "z" top: "z" }
      layer { name: "d" type: "Dropout" bottom: "z" top: "z" }`)
    const { graph } = await exported(chain, "chain")
    expect(graph.node.map((node) => [node.op_type, node.input, node.output])).toEqual([
      ["Relu", ["x"], ["y"]],
      ["Abs", ["y"], ["z_2"]],
      ["Relu", ["z_2"], ["z"]],
    ])
    expect(graph.output.map(({ name }) => name)).toEqual(["z"])
  })

  test("has a node of its own for an output that is only passed on", async () => {
    const { graph } = await exported(
      await net(`${input("1, 2")} layer { name: "d" type: "Dropout" bottom: "x" top: "y" }`),
      "passed on",
    )
    expect(graph.node.map((node) => [node.op_type, node.input, node.output])).toEqual([
      ["Identity", ["x"], ["y"]],
    ])
  })

  test("stores weights that layers share once", async () => {
    const shared = (name: string, bottom: string, top: string) =>
      `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" param { name: "w" }
        inner_product_param { num_output: 2 bias_term: false } }`
    const before = await net(`${input("1, 2")} ${shared("a", "x", "y")} ${shared("b", "y", "z")}`)
    const blob = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }
    const layers = before.layers.map((layer) =>
      layer.type === "Input" ? layer : { ...layer, blobs: [blob] },
    )
    const { graph } = await exported(before.with(layers), "shared")
    expect(graph.initializer).toHaveLength(1)
    expect(graph.node.map((node) => node.input[1])).toEqual(["a/weight", "a/weight"])
  })

  test("is the same every time", async () => {
    const digits = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
    await Promise.all(["one", "two"].map((name) => exportOnnx(digits, join(folder, name))))
    expect(readFileSync(join(folder, "one")).equals(readFileSync(join(folder, "two")))).toBe(true)
  })
})

test("every layer without nodes is named, and nothing is written", async () => {
  const training = await net(`${input("4, 3, 2, 2")}
    layer { name: "drop" type: "Dropout" bottom: "x" top: "y" phase: TRAIN }
    layer { name: "drop again" type: "Dropout" bottom: "y" top: "z" phase: TRAIN }`)
  const file = join(folder, "refused.onnx")
  const refusal = await exportOnnx(training, file).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(OnnxRefusal)
  expect((refusal as OnnxRefusal).reasons.map(({ message }) => message)).toEqual([
    "no ONNX nodes for phase: TRAIN in layer drop",
    "no ONNX nodes for phase: TRAIN in layer drop again",
  ])
  expect(() => readFileSync(file)).toThrow("ENOENT")
})

test("a net without outputs is refused: no runtime takes its graph", async () => {
  const silent = await net(`${input("1, 2")} layer { name: "quiet" type: "Silence" bottom: "x" }`)
  const file = join(folder, "silent.onnx")
  await expect(exportOnnx(silent, file)).rejects.toThrow("graph needs an output")
  expect(() => readFileSync(file)).toThrow("ENOENT")
})

test("a report counts one node as one, and says where there is no input", async () => {
  const constant = await net(
    `layer { name: "d" type: "DummyData" top: "y" dummy_data_param { shape { dim: [2] } } }`,
  )
  const report = await exportOnnx(constant, join(folder, "constant.onnx"))
  expect(String(report)).toMatch(/constant\.onnx: ONNX opset 17, 1 node, \d+ bytes; no input → y 2$/)
})

describe("onnx.checker, full check", () => {
  beforeAll(() => ensureChecker())

  test("has nothing to say against any layer type, and infers the same shapes", async () => {
    const files: string[] = []
    for (const [i, { net: one, bottoms }] of cases.entries()) {
      const inputs = Object.fromEntries(one.inputs.map((value, b) => [value.blob, bottoms[b]!.shape]))
      try {
        graphOf(callsOf(one, inputs), one.outputs)
      } catch (error) {
        if (error instanceof OnnxRefusal) continue
        throw error
      }
      files.push(join(folder, `case-${i}.onnx`))
      await exportOnnx(one, files.at(-1)!, { inputs })
    }
    expect(files.length).toBeGreaterThan(150)
    expect(await checkFiles(files)).toMatchObject({ status: 0, output: `checked ${files.length}\n` })
  })

  test("takes the sample net and the real models", async () => {
    const files = [join(folder, "sample.onnx")]
    await exportOnnx(await loadNet(data("digits.prototxt"), data("digits.caffemodel")), files[0]!)
    for (const name of isWhole ? casesOf("models").filter((each) => each !== "enet") : []) {
      const of = readCase("models", name)
      const inputs = Object.fromEntries(of.inputs.map(({ blob, shape }) => [blob, shape]))
      files.push(join(folder, `${name}.onnx`))
      await exportOnnx(await loadNet(of.prototxt, of.caffemodel), files.at(-1)!, { inputs })
    }
    expect(await checkFiles(files), oracle).toMatchObject({ status: 0, output: `checked ${files.length}\n` })
  })
})
