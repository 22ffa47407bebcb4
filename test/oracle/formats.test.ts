import { describe, expect, test } from "vitest"
import { casesOf, readCase } from "./case.js"
import { checkCase } from "./check-case.js"
import { loadCase } from "./run-case.js"

describe("Caffe's formats cases", () => {
  test.each(casesOf("formats"))("%s: every stored blob lies within the running bound", async (name) => {
    await checkCase("formats", name)
  })
})

const named = async (name: string) => (await loadCase(readCase("formats", name))).net

test.each([
  ["v0", "V0"],
  ["v1", "V1"],
])("%s becomes the net of the current format", async (name, format) => {
  const [old, now] = await Promise.all([named(name), named("v2_prototxt_v1_model")])
  const types = (net: typeof old) => net.layers.map(({ type }) => type)
  expect(types(old)).toEqual(types(now))
  expect(old.warnings).toContain(`upgraded from Caffe's ${format} format`)
  expect(old.layer("conv1").message).toMatchObject({
    param: [
      { lr_mult: 1, decay_mult: 1 },
      { lr_mult: 2, decay_mult: 0 },
    ],
    convolution_param: { num_output: 6, kernel_size: [3], pad: [1] },
  })
})

test("a layer that the model lacks keeps its filler's constant and says so", async () => {
  const net = await named("missing_layer_in_model")
  expect([...net.layer("pr").blobs[0]!.data]).toEqual(new Array(5).fill(0.25))
  expect(net.warnings).toEqual(["no weights for pr (PReLU) in the caffemodel: constant 0.25 taken"])
})

test("layers that share a name share their values", async () => {
  const net = await named("shared_model_disagrees")
  expect(net.layer("ip1").blobs[0]!.data).toBe(net.layer("ip2").blobs[0]!.data)
})

test("of two layers with one name the first gets the weights", async () => {
  const net = await named("duplicate_layer_names")
  expect(net.warnings).toContain("several layers are named fc: weights go to the first")
  expect(new Set(net.layers[2]!.blobs[0]!.data)).toEqual(new Set([0.5]))
})
