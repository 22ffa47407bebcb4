import { expect, test } from "vitest"
import { parseNet } from "../../src/caffe/load-net.js"
import { forward } from "../../src/engines/index.js"

const net = (param: string) =>
  parseNet(
    `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: [4, 5000] } } }
     layer { name: "drop" type: "Dropout" bottom: "x" top: "y" dropout_param { ${param} } }`,
    { phase: "TRAIN" },
  )
const x = { shape: [4, 5000], data: new Float32Array(20_000).fill(3) }
const run = async (param: string, options = {}) => (await forward(net(param), { x }, options)).outputs.y!.data

test("in training a part of the values is dropped, the rest is scaled up", async () => {
  const y = await run("dropout_ratio: 0.3")
  expect(new Set(y)).toEqual(new Set([0, Math.fround(3 * Math.fround(1 / Math.fround(0.7)))]))
  const kept = y.filter((value) => value !== 0).length / y.length
  // Five standard deviations of a binomial draw.
  expect(Math.abs(kept - 0.7)).toBeLessThan(5 * Math.sqrt((0.3 * 0.7) / y.length))
})

test("the same values are dropped every time, and by every engine", async () => {
  const [first, again, gpu] = await Promise.all([
    run("dropout_ratio: 0.5"),
    run("dropout_ratio: 0.5"),
    run("dropout_ratio: 0.5", { engine: "gpu", backend: "webasm" }),
  ])
  expect(again).toEqual(first)
  expect(gpu).toEqual(first)
})

test("a fork's scale_train: false leaves what is kept as it is", async () => {
  expect(new Set(await run("dropout_ratio: 0.5 scale_train: false"))).toEqual(new Set([0, 3]))
})
