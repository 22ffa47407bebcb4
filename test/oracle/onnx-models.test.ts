import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { loadNet } from "../../src/caffe/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import { callsOf } from "../../src/layers/index.js"
import { casesOf, isWhole, readCase } from "./case.js"
import { runWhole } from "./measure-model.js"
import { type Loaded, loadCase } from "./run-case.js"
import { compareApart, fitting, takeApart } from "./stored-bottoms.js"

const data = (name: string) => fileURLToPath(new URL(`../../notebooks/data/${name}`, import.meta.url))

async function digits(): Promise<Loaded> {
  const net = await loadNet(data("digits.prototxt"), data("digits.caffemodel"))
  const images = await loadArray(data("digits-100.npy"))
  const calls = callsOf(net, { data: images.shape })
  return { net, calls, inputs: new Map([[net.inputs[0]!, images.data]]) }
}

const models: [name: string, load: () => Promise<Loaded>][] = [["digits", digits]]
// ENet has no weights.
for (const name of isWhole ? casesOf("models").filter((each) => each !== "enet") : [])
  models.push([name, () => loadCase(readCase("models", name))])

test.each(models)(
  "onnxruntime computes every layer of %s from the reference's own bottoms",
  async (_name, load) => {
    const loaded = await load()
    const stored = new Map([...loaded.inputs, ...(await runWhole(loaded, undefined, loaded.net.values))])
    const apart = takeApart(loaded, stored)
    const { fit, unfit } = fitting(apart, "onnx")
    expect(unfit).toEqual([])
    const worst = await compareApart(apart, fit, stored, "onnx")
    expect(worst.compared).toBe(loaded.net.values.length - loaded.net.inputs.length)
    expect(worst.ratio).toBeLessThanOrEqual(1)
  },
)
