import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { loadNet, parseNet } from "../../../src/caffe/index.js"
import { callsOf } from "../../../src/layers/index.js"
import { foldBatchNorm } from "../../../src/transforms/index.js"
import { type Operation, toChannelsFirst, toChannelsLast, translate } from "./tfjs-net.mjs"

const digits = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))

function data(name: string): string {
  return fileURLToPath(new URL(`../../../notebooks/data/${name}`, import.meta.url))
}

/** Height and width as tfjs computes them: windows that fit the padded picture, rounded down. */
function sizeInTfjs({ kind, settings, weights }: Operation, [, height, width]: number[]): number[] {
  const [top, bottom, left, right] = settings.pad as number[]
  const [kh, kw] = kind === "conv2d" ? weights.filter!.shape : (settings.kernel as number[])
  const [sh, sw] = settings.strides as number[]
  return [
    Math.floor((height! + top! + bottom! - kh!) / sh!) + 1,
    Math.floor((width! + left! + right! - kw!) / sw!) + 1,
  ]
}

test.each([
  ["with pooling that divides", [2, 1, 28, 28]],
  ["with pooling whose last windows leave the picture", [1, 1, 25, 27]],
])("tfjs's windows give Caffe's sizes %s", (_, shape) => {
  const net = parseNet(
    `layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 1 dim: 4 dim: 4 } } }
     layer { name: "p" type: "Pooling" bottom: "d" top: "p" pooling_param { kernel_size: 3 stride: 2 } }
     layer { name: "q" type: "Pooling" bottom: "p" top: "q" pooling_param { kernel_size: 3 stride: 2 pad: 1 } }`,
  )
  const { operations, inputs } = translate(callsOf(net, { d: shape }))
  const shapes = new Map(inputs.map(({ value }) => [value, [shape[0]!, shape[2]!, shape[3]!, 1]]))
  for (const operation of operations) {
    expect(sizeInTfjs(operation, shapes.get(operation.from[0]!)!)).toEqual(operation.shape.slice(1, 3))
    shapes.set(operation.to, operation.shape)
  }
  expect(operations.map(({ kind }) => kind)).toEqual(["maxPool", "maxPool"])
})

test("BatchNorm takes its Scale along, and a folded convolution its bias and activation", () => {
  const kinds = (net: typeof digits) =>
    translate(callsOf(net)).operations.map(({ kind, activation }) => [kind, activation].join(" ").trim())
  const block = (...activated: string[]) => [...activated, "maxPool"]
  expect(kinds(digits).slice(0, 8)).toEqual([
    ...block("conv2d", "batchNorm", "prelu"),
    ...block("conv2d", "batchNorm", "prelu"),
  ])
  const { net: folded } = foldBatchNorm(digits)
  expect(kinds(folded).slice(0, 4)).toEqual([...block("conv2d prelu"), ...block("conv2d prelu")])
  expect(kinds(folded).slice(-2)).toEqual(["matMul", "softmax"])
})

test("the operations form one chain from the input to the output, Dropout left out", () => {
  const { inputs, operations, outputs } = translate(callsOf(digits))
  const known = new Set(inputs.map(({ value }) => value))
  for (const { from, to } of operations) {
    for (const value of from) expect(known).toContain(value)
    known.add(to)
  }
  expect(outputs.map(({ blob, shape }) => [blob, shape])).toEqual([["prob", [1, 10]]])
  expect(known).toContain(outputs[0]!.value)
})

test("every weight is in the one array, turned and not changed", () => {
  const { operations, weights } = translate(callsOf(digits))
  const { at, shape } = operations[0]!.weights.filter!
  expect(shape).toEqual([3, 3, 1, 12])
  const own = digits.layer("conv1").blobs[0]!.data
  for (let o = 0; o < 12; o++)
    for (let place = 0; place < 9; place++) expect(weights[at + place * 12 + o]).toBe(own[o * 9 + place])
})

test("averages over windows that leave the picture are refused: tfjs divides by less", () => {
  const net = parseNet(
    `layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 1 dim: 1 dim: 6 dim: 6 } } }
     layer { name: "p" type: "Pooling" bottom: "d" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }`,
  )
  expect(() => translate(callsOf(net))).toThrow(
    "tfjs translator: Pooling in layer p: MAX, or AVE without padding",
  )
})

test("channels go last and come back", () => {
  const shape = [2, 3, 2, 2]
  const first = Float32Array.from({ length: 24 }, (_, i) => i)
  const last = toChannelsLast(first, shape)
  expect([...last.slice(0, 6)]).toEqual([0, 4, 8, 1, 5, 9])
  expect(toChannelsFirst(last, shape)).toEqual(first)
})
