import { expect, it } from "vitest"
import { parseNet } from "../../src/caffe/load-net.js"
import { backward, forward, TrainingPass } from "../../src/engines/index.js"
import { randomBlob } from "../layers/run-layer.js"
import { withRandomWeights } from "../oracle/random-weights.js"

const input = (name: string) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { dim: [2, 3] } } }`
const [x, t] = [randomBlob([2, 3], "x"), randomBlob([2, 3], "t")]

it.each([
  ["reference", {}],
  ["onnx", { engine: "onnx" }],
  ["gpu", { backend: "webasm" }],
  ["reference, every blob", { all: true }],
] as const)(
  "what a pass on %s hands out is not what it was given, where a layer only passes it on",
  async (_, options) => {
    const net = parseNet(`${input("x")} layer { name: "d" type: "Dropout" bottom: "x" top: "y" }`)
    const { outputs, tops } = await forward(net, { x }, options)
    expect(outputs.y).toEqual(x)
    for (const { data } of [outputs.y!, ...tops.map(({ blob }) => blob)]) expect(data).not.toBe(x.data)
  },
)

it("the diffs of two inputs are two arrays, where they are equal", async () => {
  const { inputDiffs } = await backward(
    parseNet(`${input("x")} ${input("t")}
      layer { name: "e" type: "Eltwise" bottom: "x" bottom: "t" top: "e" loss_weight: 1 }`),
    { x, t },
  )
  expect(inputDiffs.x).toEqual(inputDiffs.t)
  expect(inputDiffs.x!.data).not.toBe(inputDiffs.t!.data)
})

it("what one training pass hands out stays as it is when the next one computes", async () => {
  const image = (name: string) => randomBlob([2, 3, 20, 20], name)
  const net = withRandomWeights(
    parseNet(
      `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [2, 3, 20, 20] } } }
      layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }
      layer { name: "p" type: "PReLU" bottom: "c" top: "p" }
      layer { name: "f" type: "Flatten" bottom: "p" top: "f" }
      layer { name: "l" type: "Reduction" bottom: "p" top: "l" loss_weight: 1 reduction_param { operation: SUMSQ } }`,
      { phase: "TRAIN" },
    ),
  )
  const training = new TrainingPass(net, {}, { inputDiffs: true })
  const first = await training.run({ x: image("first") })
  const copies = [first.outputs.f!, first.inputDiffs.x!].map(({ data }) => data.slice())
  for (const name of ["second", "third"]) await training.run({ x: image(name) })
  expect([first.outputs.f!.data, first.inputDiffs.x!.data]).toEqual(copies)
  const again = await training.run({ x: image("first") })
  expect(again.outputs.f).toEqual(first.outputs.f)
  expect(again.inputDiffs.x).toEqual(first.inputDiffs.x)
  expect(again.outputs.f!.data).not.toBe(first.outputs.f!.data)
})
