import { expect, it } from "vitest"
import { parseNet } from "../../src/caffe/load-net.js"
import { backward, forward } from "../../src/engines/index.js"
import { randomBlob } from "../layers/run-layer.js"

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
