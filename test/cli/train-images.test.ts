import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { saveNet } from "../../src/caffe/save-net.js"
import { encodePng } from "../../src/encode-png.js"
import { backward, forward } from "../../src/engines/index.js"
import type { Net } from "../../src/net/index.js"
import { batch, fillWeights, type Images, loadImages } from "../../src/training/index.js"
import { generator } from "../engines/gpu/one-layer.js"
import { prelab } from "./prelab.js"

const prototxt = `name: "small"
layer { name: "data" type: "Input" top: "data" top: "label" input_param { shape { dim: [6, 3, 8, 8] } shape { dim: 6 } } }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "prelu" type: "PReLU" bottom: "conv" top: "conv" }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }`

let folder: string
let images: Images
let first: Net
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "prelab-train-images-"))
  const random = generator("train images")
  for (const name of ["blue", "green", "red"]) {
    mkdirSync(join(folder, "images", name), { recursive: true })
    for (const i of [1, 2]) {
      const data = Uint8Array.from({ length: 8 * 8 * 3 }, () => Math.floor(random() * 256))
      writeFileSync(
        join(folder, "images", name, `${i}.png`),
        encodePng({ width: 8, height: 8, channels: 3, data }),
      )
    }
  }
  images = await loadImages(join(folder, "images"))
  first = fillWeights(parseNet(prototxt, { phase: "TRAIN" }))
  await saveNet(first, join(folder, "first"))
  writeFileSync(join(folder, "net.prototxt"), prototxt)
  writeFileSync(
    join(folder, "solver.prototxt"),
    'net: "net.prototxt" base_lr: 1 lr_policy: "fixed" momentum: 0 weight_decay: 0 max_iter: 1 test_interval: 1',
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const train = (...more: string[]) =>
  prelab(
    ...["train", join(folder, "solver.prototxt"), "--data", join(folder, "images")],
    ...["--weights", join(folder, "first.caffemodel"), "--out", join(folder, "out"), ...more],
  )

test("a step of a training on a folder of images goes down the gradient", async () => {
  const answer = train("--test-data", join(folder, "images"), "--json")
  expect(answer.stderr).toBe("")
  const inputs = batch(images)
  const { loss, gradients } = await backward(first, inputs)
  expect(JSON.parse(answer.stdout)).toMatchObject({ iterations: 1, finalLoss: loss })
  const history = JSON.parse(readFileSync(join(folder, "out", "history.json"), "utf8"))
  expect(history.test.at(-1).accuracy).toBeGreaterThanOrEqual(0)

  const trained = await loadNet(join(folder, "net.prototxt"), join(folder, "out", "final.caffemodel"))
  const random = generator("directions")
  for (const { layer, index, data: gradient } of gradients) {
    const before = first.layer(layer).blobs[index]!.data
    // One update with learning rate 1 and nothing else subtracts the gradient, rounded once.
    expect(trained.layer(layer).blobs[index]!.data).toEqual(before.map((w, i) => w - gradient[i]!))

    // Along a random direction the loss changes as the gradient says.
    const direction = Float32Array.from(before, () => random() - 0.5)
    const size = Math.hypot(...direction)
    const lossAt = async (step: number) => {
      const moved = first.with(
        first.layers.map((each) =>
          each.name === layer
            ? {
                ...each,
                blobs: each.blobs.map((blob, i) =>
                  i === index
                    ? { ...blob, data: blob.data.map((w, j) => w + (step * direction[j]!) / size) }
                    : blob,
                ),
              }
            : each,
        ),
      )
      return (await forward(moved, inputs)).outputs.loss!.data[0]!
    }
    const slope = gradient.reduce((sum, g, i) => sum + (g * direction[i]!) / size, 0)
    const step = 2 ** -9
    const measured = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step)
    // The loss is near 1 and rounded to 24 bits, as are the values of each layer on the way: some 2^-22 over the step; the
    // third derivative adds its square.
    expect(Math.abs(measured - slope), `${layer} ${index}`).toBeLessThan(2 ** -12 + Math.abs(slope) * 2 ** -7)
  }
})

test("labels beside a folder of images are refused", () => {
  const answer = train("--labels", "labels.npy")
  expect(answer.status).toBe(2)
  expect(answer.stderr).toBe(
    "prelab: labels beside a folder of images: --labels; its subfolders are the labels\n",
  )
})

test("a test with other classes is refused", () => {
  mkdirSync(join(folder, "others", "yellow"), { recursive: true })
  writeFileSync(
    join(folder, "others", "yellow", "1.png"),
    encodePng({ width: 8, height: 8, channels: 3, data: new Uint8Array(192) }),
  )
  const answer = train("--test-data", join(folder, "others"))
  expect(answer.status).toBe(2)
  expect(answer.stderr).toBe("prelab: other classes in the test: yellow beside blue, green, red\n")
})
