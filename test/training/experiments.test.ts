import { beforeAll, describe, expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { loadArray } from "../../src/formats/arrays.js"
import type { Blob } from "../../src/net/index.js"
import {
  type Experiment,
  type ExperimentOptions,
  fineTuneSlopes,
  inPlaceBug,
  leakyAgainstPRelu,
  leakySlopes,
  lenet,
  prepareTraining,
  reluAgainstPRelu,
  sharedSlopes,
  slopeDecay,
  withActivations,
} from "../../src/training/index.js"
import { digitImages, samplePath } from "../inspect/sample.js"

/** LeNet made small: minutes become seconds, and what is to be seen can be seen. */
const small = parseNet(
  `name: "small"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 20 dim: 1 dim: 28 dim: 28 } } }
  layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 20 } } }
  layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1" convolution_param { num_output: 6 kernel_size: 5 stride: 2 weight_filler { type: "xavier" } } }
  layer { name: "prelu1" type: "PReLU" bottom: "conv1" top: "conv1" }
  layer { name: "pool1" type: "Pooling" bottom: "conv1" top: "pool1" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "ip1" type: "InnerProduct" bottom: "pool1" top: "ip1" inner_product_param { num_output: 40 weight_filler { type: "xavier" } } }
  layer { name: "prelu2" type: "PReLU" bottom: "ip1" top: "ip1" }
  layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy" include { phase: TEST } }`,
  { phase: "TRAIN" },
)

let options: ExperimentOptions
beforeAll(async () => {
  const [data, labels]: Blob[] = [digitImages(), await loadArray(samplePath("digits-100-labels.npy"))]
  options = { data: data!, labels: labels!, net: small, iterations: 30 }
})

const losses = (experiment: Experiment, name: string) => experiment.runs[name]!.loss.map(({ loss }) => loss)

describe("the experiments", () => {
  test("ReLU and PReLU begin with the same weights", async () => {
    const experiment = await reluAgainstPRelu({
      ...options,
      testData: options.data,
      testLabels: options.labels!,
      iterations: 3,
    })
    const { ReLU: relu, PReLU: prelu } = experiment.runs
    expect(experiment.findings.at(-1)).toMatch(/^test accuracy: ReLU [01](\.\d+)?, PReLU [01](\.\d+)?$/)
    expect(relu!.loss).toHaveLength(3)
    expect(losses(experiment, "ReLU")[0]).not.toBe(losses(experiment, "PReLU")[0])
    expect(prelu!.slopes[0]).toMatchObject({ iteration: 0, prelu1: new Array(6).fill(0.25) })
  })

  test("leaky ReLU and PReLU of 0.1 begin with the same loss, and without learning they stay the same to the last bit", async () => {
    const experiment = await leakyAgainstPRelu(options)
    const [leaky, prelu, still] = ["leaky ReLU", "PReLU", "PReLU, lr_mult 0"].map((name) =>
      losses(experiment, name),
    )
    expect(prelu![0]).toBe(leaky![0])
    expect(prelu).not.toEqual(leaky)
    expect(still).toEqual(leaky)
    expect(experiment.findings[1]).toBe("leaky ReLU and PReLU, lr_mult 0: the same 30 losses to the last bit")
    expect(experiment.curves.identical).toEqual([["leaky ReLU", "PReLU, lr_mult 0"]])
  })

  test("with the historical bug the loss ends higher; overwritten values do little harm until slopes are negative", async () => {
    const experiment = await inPlaceBug(options)
    const end = (name: string) =>
      losses(experiment, name)
        .slice(-10)
        .reduce((sum, loss) => sum + loss, 0)
    expect(losses(experiment, "quarter copy (wrong)")[0]).toBe(losses(experiment, "right")[0])
    expect(end("quarter copy (wrong)")).toBeGreaterThan(1.1 * end("right"))
    const harm = end("overwritten (wrong)") / end("right")
    expect(end("negative slopes, overwritten (wrong)") / end("negative slopes, right")).toBeGreaterThan(harm)
  })

  test("slopes that decay end lower than those that do not", async () => {
    const { findings } = await slopeDecay({ ...options, iterations: 10 })
    const [decays, stays] = [...findings.at(-1)!.matchAll(/decay_mult \d ([\d.]+)/g)].map(([, slope]) =>
      Number(slope),
    )
    expect(decays).toBeLessThan(stays!)
  })

  test("channel_shared has one slope a layer", async () => {
    const { runs } = await sharedSlopes({ ...options, iterations: 2 })
    expect(runs.channel_shared!.slopes[0]).toEqual({ iteration: 0, prelu1: [0.25], prelu2: [0.25] })
  })

  test("a net trained with ReLU goes on unchanged with slope 0, and begins with another loss with 0.25", async () => {
    const experiment = await fineTuneSlopes(options)
    expect(losses(experiment, "slope 0")[0]).toBe(losses(experiment, "ReLU goes on")[0])
    expect(losses(experiment, "slope 0.25")[0]).not.toBe(losses(experiment, "ReLU goes on")[0])
  })

  test("randomized slopes are drawn for every pass, and are their mean outside of passes", async () => {
    const { runs } = await leakySlopes({ ...options, iterations: 3 })
    const mean = Math.fround((1 / 8 + 1 / 3) / 2)
    expect(runs.randomized!.slopes.at(-1)).toMatchObject({ prelu1: new Array(6).fill(mean) })
    expect(runs.randomized!.loss[1]).not.toEqual(runs["leaky 0.2"]!.loss[1])
  })
})

test("lenet is Caffe's, with a place for an activation behind each layer but the last", () => {
  const net = lenet({ batch: 2 })
  expect(net.layers.filter(({ type }) => type === "PReLU").map(({ name }) => name)).toEqual([
    "prelu1",
    "prelu2",
    "prelu3",
  ])
  const leaky = withActivations(net, { type: "ReLU", slope: 0.1 })
  expect(leaky.layer("prelu2")).toMatchObject({
    type: "ReLU",
    message: { relu_param: { negative_slope: 0.1 } },
  })
  const none = net.with(net.layers.filter(({ name }) => name === "data"))
  expect(() => withActivations(none, { type: "ReLU" })).toThrow("no ReLU or PReLU in the net: LeNet")
})

test("lenet has 431,080 weights and 570 slopes", async () => {
  const items = {
    data: { shape: [2, 1, 28, 28], data: new Float32Array(1568) },
    labels: { shape: [2], data: new Float32Array(2) },
  }
  const run = await prepareTraining(
    { net: lenet({ batch: 2 }), base_lr: 0.1, lr_policy: "fixed", max_iter: 1 },
    items,
  )
  expect(run.net.parameters).toBe(431_080 + 570)
})
