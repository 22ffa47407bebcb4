import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { engineOf, forward } from "../../src/engines/index.js"
import { callsOf, UnsupportedLayer } from "../../src/layers/index.js"
import type { Blob, Net } from "../../src/net/index.js"
import { blobOf, randomBlob, runLayer } from "./run-layer.js"

const input = `layer { name: "in" type: "Input" top: "x" top: "label"
  input_param { shape { dim: 4 dim: 3 dim: 2 dim: 2 } shape { dim: 4 } } }\n`
const load = (layers: string, phase: "TRAIN" | "TEST" = "TRAIN") =>
  loadNet(Buffer.from(input + layers), undefined, { phase })
const problemOf = (net: Net, name: string) => callsOf(net).problems.get(net.layer(name))
const x = randomBlob([4, 3, 2, 2], "x")
const label = blobOf([4], 0, 1, 2, 1)

/** One BatchNorm with statistics of its own. */
async function batchNorm(param: string, phase: "TRAIN" | "TEST", own = "", statistics = 1) {
  const net = await load(
    `layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" ${own} batch_norm_param { eps: 0.5 ${param} } }`,
    phase,
  )
  const blobs: Blob[] = [
    blobOf([3], statistics, 2, 3),
    blobOf([3], 4, statistics * 5, 6),
    blobOf([1], statistics),
  ]
  const filled = net.with(net.layers.map((layer) => (layer.name === "bn" ? { ...layer, blobs } : layer)))
  return (await forward(filled, { x, label })).outputs.y!.data
}

/** The same from the batch itself, written down from the formula. */
function normalized(at: number): number {
  const channel = Math.floor(at / 4) % 3
  const values = x.data.filter((_, i) => Math.floor(i / 4) % 3 === channel)
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
  return (x.data[at]! - mean) / Math.sqrt(variance + 0.5)
}

describe("BatchNorm", () => {
  test("at TRAIN takes the batch's statistics, whatever is stored", async () => {
    const y = await batchNorm("", "TRAIN")
    expect(await batchNorm("", "TRAIN", "", 100)).toEqual(y)
    const message = { phase: "TRAIN", batch_norm_param: { eps: 0.5 } }
    const stored = [blobOf([3], 1, 2, 3), blobOf([3], 4, 5, 6), blobOf([1], 1)]
    const [bound] = runLayer({ type: "BatchNorm", message, bottoms: [x], blobs: stored }).bound()
    y.forEach((value, i) => {
      expect(Math.abs(value - normalized(i))).toBeLessThanOrEqual(bound![i]!)
    })
    expect(await batchNorm("", "TEST")).not.toEqual(y)
  })

  test("use_global_stats decides where it is stated, else the layer's own phase, else the net's", async () => {
    const [ofBatch, stored] = [await batchNorm("", "TRAIN"), await batchNorm("", "TEST")]
    expect(await batchNorm("use_global_stats: true", "TRAIN")).toEqual(stored)
    expect(await batchNorm("use_global_stats: false", "TEST")).toEqual(ofBatch)
    expect(await batchNorm("", "TRAIN", "phase: TEST")).toEqual(stored)
    expect(await batchNorm("", "TEST", "phase: TRAIN")).toEqual(ofBatch)
  })
})

describe("what has no one answer loads, shows what follows, and is refused when it runs", () => {
  test.each([
    [
      `layer { name: "l" type: "DummyData" top: "y" dummy_data_param { shape { dim: 3 } data_filler { type: "gaussian" } } }`,
      "data filler not supported: gaussian in layer l",
      [3],
    ],
    [
      `layer { name: "l" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: STOCHASTIC kernel_size: 2 } }`,
      "pooling method not supported: STOCHASTIC in layer l",
      [4, 3, 1, 1],
    ],
    [
      `layer { name: "l" type: "SPP" bottom: "x" top: "y" spp_param { pool: STOCHASTIC pyramid_height: 2 } }`,
      "pooling method not supported: STOCHASTIC in layer l",
      [4, 15],
    ],
  ])("%s", async (layer, reason, shape) => {
    const net = await load(`${layer} layer { name: "next" type: "ReLU" bottom: "y" top: "z" }`)
    const problem = problemOf(net, "l")
    expect(problem).toBeInstanceOf(UnsupportedLayer)
    expect(problem!.message).toContain(reason)
    expect(callsOf(net).shapes.get(net.layer("next").tops[0]!)).toEqual(shape)
    await expect(forward(net, { x, label })).rejects.toThrow(reason)
  })
})

describe("Caffe's layers that cannot run here are known by name", () => {
  test.each([
    [`type: "Filter" bottom: "x" bottom: "label" top: "y"`, "output size depends on data: Filter in layer l"],
    [
      `type: "Data" top: "y" data_param { source: "db" batch_size: 2 }`,
      "reads data from outside: Data in layer l",
    ],
    [`type: "ImageData" top: "y" top: "z"`, "reads data from outside: ImageData in layer l"],
    [`type: "HDF5Data" top: "y"`, "reads data from outside: HDF5Data in layer l"],
    [`type: "MemoryData" top: "y" top: "z"`, "reads data from outside: MemoryData in layer l"],
    [`type: "WindowData" top: "y" top: "z"`, "reads data from outside: WindowData in layer l"],
    [`type: "HDF5Output" bottom: "x" bottom: "label"`, "writes a file: HDF5Output in layer l"],
  ])("%s", async (fields, reason) => {
    const net = await load(
      `layer { name: "before" type: "ReLU" bottom: "x" top: "r" } layer { name: "l" ${fields} }`,
    )
    const problem = problemOf(net, "l")!
    expect(problem).toBeInstanceOf(UnsupportedLayer)
    expect(problem.message).toContain(reason)
    expect(problem.hint).not.toContain("did you mean")
    const before = net.layer("before").tops[0]!
    const plan = await engineOf("reference").compile(callsOf(net), [before])
    const given = new Map(net.inputs.map((value) => [value, value.blob === "x" ? x.data : label.data]))
    expect((await plan.run(given)).get(before)).toEqual(x.data.map((v) => Math.max(v, 0)))
  })
})

test.each(["", 'top: "loss"'])("a loss may have no top, as in old prototxts: %j", async (top) => {
  const net = await load(`
    layer { name: "s" type: "Reduction" bottom: "x" top: "y" reduction_param { axis: 2 } }
    layer { name: "l" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" ${top} }`)
  expect(callsOf(net).problems.size).toBe(0)
  const { outputs } = await forward(net, { x, label })
  expect(Object.keys(outputs)).toEqual(top ? ["loss"] : [])
})
