import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { loadNet, parseNet } from "../../src/caffe/index.js"
import { forward } from "../../src/engines/index.js"
import type { Blob, Net } from "../../src/net/index.js"
import { setStopCheck } from "../../src/stop.js"
import { uniform } from "../../src/training/fillers/random.js"
import {
  lastTraining,
  lossCurves,
  prepareTraining,
  type SolverFields,
  type TrainingRun,
  type TrainOptions,
  train,
} from "../../src/training/index.js"

/** A net with everything that a training changes or draws: weights, running averages, slopes, masks. */
const net = parseNet(`
  name: "small"
  layer { name: "input" type: "Input" top: "data" top: "label" input_param { shape { dim: 8 dim: 1 dim: 6 dim: 6 } shape { dim: 8 } } }
  layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "msra" } } }
  layer { name: "bn" type: "BatchNorm" bottom: "c" top: "c" }
  layer { name: "sc" type: "Scale" bottom: "c" top: "c" scale_param { bias_term: true } }
  layer { name: "p" type: "PReLU" bottom: "c" top: "c" }
  layer { name: "d" type: "Dropout" bottom: "c" top: "c" dropout_param { dropout_ratio: 0.3 } }
  layer { name: "ip" type: "InnerProduct" bottom: "c" top: "ip" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" include { phase: TEST } }`)

const random = uniform(1, "data")
/** 21 items: batches of 8 begin anew in the middle. */
const data: Blob = { shape: [21, 1, 6, 6], data: Float32Array.from({ length: 21 * 36 }, random) }
const labels: Blob = { shape: [21], data: Float32Array.from({ length: 21 }, (_, i) => i % 3) }
const solver: SolverFields = {
  net,
  base_lr: 0.05,
  lr_policy: "fixed",
  momentum: 0.9,
  weight_decay: 0.001,
  max_iter: 12,
}

function trained(
  fields: Partial<SolverFields> = {},
  options: Partial<TrainOptions> = {},
): Promise<TrainingRun> {
  return train({ ...solver, ...fields }, { data, labels, ...options })
}

const weightsOf = (of: Net) =>
  of.layers.flatMap(({ name, blobs }) => blobs.map(({ data }) => [name, [...data]]))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prelab-training-"))
})
afterEach(() => {
  setStopCheck(() => undefined)
  rmSync(folder, { recursive: true, force: true })
})

describe("a training", () => {
  test("is the same every time, whatever else is trained beside it", async () => {
    const [one, two] = await Promise.all([trained(), trained()])
    expect(one.loss).toEqual(two.loss)
    expect(weightsOf(one.net)).toEqual(weightsOf(two.net))
    expect((await trained({ random_seed: 5 })).loss).not.toEqual(one.loss)
  })

  test("leaves the net that it was given as it was, and its own net is a copy at phase TEST", async () => {
    const run = await trained({ max_iter: 3 })
    expect(net.parameters).toBe(0)
    const before = run.net
    const kept = weightsOf(before)
    await run.resume(5)
    expect(weightsOf(before)).toEqual(kept)
    expect(weightsOf(run.net)).not.toEqual(kept)
    expect(run.net.state.phase).toBe("TEST")
    const { outputs } = await forward(run.net, {
      data: { shape: [8, 1, 6, 6], data: data.data.slice(0, 288) },
      label: { shape: [8], data: labels.data.slice(0, 8) },
    })
    expect(Object.keys(outputs)).toEqual(["loss", "accuracy"])
  })

  test("is a history that lossCurves takes", async () => {
    const run = await trained({ test_interval: 5 }, { testData: data, testLabels: labels })
    const [curve] = lossCurves(run).runs
    expect(curve).toMatchObject({
      name: "small",
      firstLoss: run.loss[0]!.loss,
      finalAccuracy: run.test.at(-1)!.accuracy,
    })
    expect(curve!.slopes[0]!.slopes).toEqual({ p: [0.25, 0.25, 0.25, 0.25] })
    expect(lossCurves([run, run]).identical).toEqual([["small", "small"]])
  })

  test("takes its items in order and goes round", async () => {
    const plain = parseNet(`
      layer { name: "input" type: "Input" top: "data" top: "label" input_param { shape { dim: 4 dim: 1 } shape { dim: 4 dim: 1 } } }
      layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 1 bias_term: false weight_filler { value: 1 } } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "label" top: "loss" }`)
    const items = { shape: [6, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6) }
    const zeros = { shape: [6, 1], data: new Float32Array(6) }
    const { loss } = await train(
      { net: plain, base_lr: 0, lr_policy: "fixed", max_iter: 3 },
      { data: items, labels: zeros },
    )
    const half = (...batch: number[]) => batch.reduce((sum, x) => sum + x * x, 0) / 8
    expect(loss.map(({ loss }) => loss)).toEqual([half(1, 2, 3, 4), half(5, 6, 1, 2), half(3, 4, 5, 6)])
  })

  test("of iter_size 2 makes one update of two batches' mean gradient", async () => {
    const run = await trained({ iter_size: 2, max_iter: 4 })
    const each = await trained({ base_lr: 0, weight_decay: 0, max_iter: 2 })
    expect(run.loss).toHaveLength(4)
    expect(run.loss[0]!.loss).toBe((each.loss[0]!.loss + each.loss[1]!.loss) / 2)
  })

  test("is tested every test_interval iterations and at the end", async () => {
    const run = await trained({ test_interval: 5 }, { testData: data, testLabels: labels })
    expect(run.test.map(({ iteration }) => iteration)).toEqual([0, 5, 10, 12])
    expect(run.test.every(({ accuracy, loss }) => accuracy! >= 0 && accuracy! <= 1 && loss! > 0)).toBe(true)
    expect(String(run)).toMatch(/^Training small: 12 of 12 iterations, loss [\d.]+, accuracy [01]\.\d{4}$/)
  })

  test("begins with the weights that it is given, by layer name", async () => {
    const first = await trained({ max_iter: 2 })
    const again = await prepareTraining(solver, { data, labels, weights: first.net })
    expect(weightsOf(again.net)).toEqual(weightsOf(first.net))
  })
})

describe("a stopped training", () => {
  test("holds the net so far, and goes on to the weights that it would have had", async () => {
    const whole = await trained({ max_iter: 30 })
    let iterations = 0
    let checks = 0
    setStopCheck(() => {
      if (iterations > 1 && ++checks > 10) throw new Error("stopped by the reader")
    })
    const counting = { onIteration: () => void iterations++ }
    await expect(trained({ max_iter: 30 }, counting)).rejects.toThrow("stopped by the reader")
    setStopCheck(() => undefined)
    const run = lastTraining()!
    expect(run.iteration).toBeGreaterThan(0)
    expect(run.iteration).toBeLessThan(30)
    expect(run.loss).toEqual(whole.loss.slice(0, run.iteration))
    expect(weightsOf(run.net)).toEqual(weightsOf((await trained({ max_iter: run.iteration })).net))
    await run.resume()
    expect(weightsOf(run.net)).toEqual(weightsOf(whole.net))
    expect(run.loss).toEqual(whole.loss)
  })

  test("stopped by its callback is where the callback said, also for whoever watches, and goes on", async () => {
    const seen: number[] = []
    const enough = trained(
      {},
      {
        onIteration(run) {
          if (run.iteration === 5) throw new Error("enough")
        },
        watch: { iteration: (run) => seen.push(run.iteration) },
      },
    )
    await expect(enough).rejects.toThrow("enough")
    expect(seen).toEqual([1, 2, 3, 4, 5])
    const stopped = lastTraining()!
    expect(stopped.iteration).toBe(5)
    await stopped.resume()
    expect(weightsOf(stopped.net)).toEqual(weightsOf((await trained()).net))
  })

  test("is not run twice at once", async () => {
    const run = await prepareTraining(solver, { data, labels })
    const first = run.resume()
    await expect(run.resume()).rejects.toThrow("training is running: small")
    await first
  })
})

describe("snapshots", () => {
  test.each(["SGD", "Adam", "AdaDelta"])(
    "%s goes on from one to the same weights to the last bit",
    async (type) => {
      const fields = {
        type,
        momentum: 0.9,
        lr_policy: "multistep",
        gamma: 0.5,
        stepvalue: [3, 6],
        snapshot: 5,
      }
      const snapshotPrefix = join(folder, "run")
      const whole = await trained(fields, { snapshotPrefix })
      expect(readdirSync(folder).sort()).toEqual(
        ["10", "5"].flatMap((n) => [`run_iter_${n}.caffemodel`, `run_iter_${n}.solverstate`]),
      )
      const rest = await trained(
        { ...fields, snapshot: 0 },
        { snapshot: join(folder, "run_iter_5.solverstate") },
      )
      expect(rest.loss[0]!.iteration).toBe(5)
      expect(rest.loss).toEqual(whole.loss.slice(5))
      expect(weightsOf(rest.net)).toEqual(weightsOf(whole.net))
    },
  )

  test("are caffemodels that load as any other", async () => {
    const run = await trained()
    const { caffemodel } = await run.snapshot(join(folder, "final"))
    expect(weightsOf(await loadNet(caffemodel))).toEqual(weightsOf(run.net))
  })

  test("of another net or solver, damaged, or without their weights are refused", async () => {
    const run = await trained()
    const { solverstate, caffemodel } = await run.snapshot(join(folder, "final"))
    await expect(trained({ type: "Adam" }, { snapshot: solverstate })).rejects.toThrow(
      "snapshot of another net or solver: 10 histories for 20",
    )
    rmSync(caffemodel)
    await expect(trained({}, { snapshot: solverstate })).rejects.toThrow(
      `weights of the snapshot missing: final.caffemodel (${solverstate})`,
    )
    writeFileSync(solverstate, readFileSync(solverstate).subarray(0, 40))
    await expect(trained({}, { snapshot: solverstate })).rejects.toThrow(/^not a solver state: 40 bytes/)
  })
})

test.each([
  [
    { data: { shape: [21, 1, 6, 5], data: new Float32Array(630) } },
    "data does not fit the net: data is 8x1x6x6, the array 21x1x6x5",
  ],
  [
    { labels: { shape: [20], data: new Float32Array(20) } },
    "not one label per item: 20 of label for 21 of data",
  ],
])("arrays that do not fit are refused, with both shapes", async (wrong, message) => {
  await expect(trained({}, wrong)).rejects.toThrow(message)
})
