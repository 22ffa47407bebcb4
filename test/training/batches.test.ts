import { expect, test } from "vitest"
import { forward } from "../../src/engines/index.js"
import { callsOf } from "../../src/layers/index.js"
import { batch, fillWeights, lenet } from "../../src/training/index.js"
import { tidy } from "../../src/transforms/index.js"
import { blobOf, randomBlob } from "../layers/run-layer.js"

const items = { data: randomBlob([5, 1, 2, 2], "items"), labels: blobOf([5], 3, 1, 4, 1, 5) }

test("a batch has the items from one up to another, with their labels", () => {
  expect(batch(items, 1, 3)).toEqual({
    data: { shape: [2, 1, 2, 2], data: items.data.data.slice(4, 12) },
    label: { shape: [2], data: Float32Array.of(1, 4) },
  })
  expect(batch(items)).toEqual({ data: items.data, label: items.labels })
  expect(batch(items, 4)).toEqual({
    data: { shape: [1, 1, 2, 2], data: items.data.data.slice(16) },
    label: { shape: [1], data: Float32Array.of(5) },
  })
  expect(Object.keys(batch({ data: items.data }, 0, 2))).toEqual(["data"])
})

test.each([
  [0, 6, "0 to 6 of 5"],
  [3, 3, "3 to 3 of 5"],
  [-1, 2, "-1 to 2 of 5"],
  [0.5, 2, "0.5 to 2 of 5"],
])("items from %d to %d are none", (from, to, said) => {
  expect(() => batch(items, from, to)).toThrow(`no such items: ${said}`)
})

test("labels that are not one for each item are refused", () => {
  expect(() => batch({ ...items, labels: blobOf([2], 1, 2) }, 0, 1)).toThrow(
    "not one label per item: 2 for 5",
  )
})

test("a batch is what a net's inputs are", async () => {
  const net = tidy(fillWeights(lenet({ channels: 3, size: 32, classes: 4, batch: 2 }))).net
  const images = randomBlob([6, 3, 32, 32], "images")
  const { outputs } = await forward(net, batch({ data: images }, 2, 4))
  expect(Object.values(outputs).map(({ shape }) => shape)).toEqual([[2, 4]])
})

test("LeNet takes other images and classes", () => {
  const { shapes } = callsOf(lenet({ channels: 3, size: 32, classes: 4, batch: 8 }), {}, { weights: "later" })
  const byName = Object.fromEntries([...shapes].map(([{ blob }, shape]) => [blob, shape]))
  expect(byName).toMatchObject({ data: [8, 3, 32, 32], pool2: [8, 50, 5, 5], ip2: [8, 4] })
  expect(() => lenet({ size: 15 })).toThrow("images too small for LeNet: 15, at least 16")
  expect(callsOf(lenet({ size: 16 }), {}, { weights: "later" }).problems.size).toBe(0)
  expect(() => lenet({ channels: 0 })).toThrow("channels must be a positive whole number: 0")
})
