import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { messageType } from "../../src/caffe/schema.js"
import { callsOf } from "../../src/layers/index.js"
import { readCase } from "../oracle/case.js"

/** A length-delimited protobuf field. */
function field(number: number, payload: readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(payload.length), ...payload]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

const text = (value: string) => [...Buffer.from(value)]

describe("a caffemodel alone", () => {
  test("is the net it was saved from, weights included", async () => {
    const { prototxt, caffemodel } = readCase("formats", "inplace_chain")
    const [alone, both] = await Promise.all([loadNet(caffemodel), loadNet(prototxt, caffemodel)])
    expect(callsOf(alone).problems.size).toBe(0)
    for (const layer of both.layers) {
      expect(alone.layer(layer.name).type).toBe(layer.type)
      expect(alone.layer(layer.name).blobs).toEqual(layer.blobs)
    }
  })

  test("holds the layers of training", async () => {
    const alone = await loadNet(readCase("formats", "model_with_training_layers").caffemodel)
    expect(alone.layers.map(({ type }) => type)).toContain("Split")
  })

  test.each([
    ["v0", "caffemodel without input shapes: data"],
    ["v1", "unknown bottom blob: data in layer conv1"],
  ])("of format %s needs its prototxt for the inputs' shapes", async (name, message) => {
    const model = readFileSync(readCase("formats", name).caffemodel)
    await expect(loadNet(model)).rejects.toThrow(`${message}; give its prototxt too`)
  })

  const blobs = [
    { num: 1, channels: 1, height: 2, width: 3, data: [1, 2, 3, 4, 5, 6] },
    { num: 1, channels: 1, height: 1, width: 2, data: [7, 8] },
  ]
  test.each([
    [
      "V1",
      { name: "ip", type: "INNER_PRODUCT", blobs, blobs_lr: [1, 2], inner_product_param: { num_output: 2 } },
    ],
    ["V0", { layer: { name: "ip", type: "innerproduct", blobs, blobs_lr: [1, 2], num_output: 2 } }],
  ])("of format %s is upgraded where it states its inputs", async (format, layer) => {
    const type = messageType("NetParameter")
    const net = { input: ["x"], input_dim: [1, 3, 1, 1], layers: [{ ...layer, bottom: ["x"], top: ["y"] }] }
    const alone = await loadNet(type.encode(type.fromObject(net)).finish())
    expect(alone.warnings).toEqual([`upgraded from Caffe's ${format} format`])
    expect(alone.layers.map(({ type }) => type)).toEqual(["Input", "InnerProduct"])
    expect(alone.layer("ip").message).toEqual({
      param: [{ lr_mult: 1 }, { lr_mult: 2 }],
      inner_product_param: { num_output: 2 },
    })
    expect(alone.layer("ip").blobs.map(({ shape, data }) => [shape, [...data]])).toEqual([
      [
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ],
      [[2], [7, 8]],
    ])
  })
})

test("half precision raw_data of NVCaffe becomes float32", async () => {
  // 1, -2, the largest and the smallest half, infinity, and 2/3 as it is rounded.
  const halves = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3955]
  const blob = [
    ...field(7, field(1, [6])),
    ...[10 * 8, 2],
    ...field(
      12,
      halves.flatMap((half) => [half & 255, half >> 8]),
    ),
  ]
  const model = field(100, [...field(1, text("p")), ...field(2, text("PReLU")), ...field(7, blob)])
  const prototxt =
    'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [1, 6] } } }' +
    'layer { name: "p" type: "PReLU" bottom: "x" top: "p" }'
  const net = await loadNet(Buffer.from(prototxt), Buffer.from(model))
  expect([...net.layer("p").blobs[0]!.data]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    Number.POSITIVE_INFINITY,
    1365 / 2048,
  ])
})

test("HDF5 weights are refused with the way out", async () => {
  const { prototxt } = readCase("formats", "inplace_chain")
  const bytes = Buffer.concat([Buffer.from("\x89HDF\r\n\x1a\n", "latin1"), Buffer.alloc(64)])
  const message = "HDF5 weights not supported: 72 bytes; save them with snapshot_format: BINARYPROTO"
  await expect(loadNet(prototxt, bytes)).rejects.toThrow(message)
  await expect(loadNet(bytes)).rejects.toThrow(message)
})

test("a long file is read in one pass", async () => {
  const n = 50_000
  const source = 'layer { name: "r" type: "Input" top: "r" input_param { shape { dim: 1 } } }\n'
  const relu = (i: number) => `layer { name: "r${i}" type: "ReLU" bottom: "r" top: "r" }\n`
  const lines = Array.from({ length: n }, (_, i) => `${relu(i)}some_top_field: 1\n`)
  const net = await loadNet(Buffer.from(source + lines.join("")))
  expect(net.layers.length).toBe(n + 1)
  expect(net.message.some_top_field).toHaveLength(n)
})
