import { expect, test } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import type { Blob } from "../../src/net/index.js"
import { uniform } from "../../src/training/fillers/random.js"
import { prepareTraining, type SolverFields, type TrainingRun } from "../../src/training/index.js"

const net = parseNet(`
  name: "small"
  layer { name: "input" type: "Input" top: "data" top: "label" input_param { shape { dim: 4 dim: 6 } shape { dim: 4 } } }
  layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1" inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
  layer { name: "p" type: "PReLU" bottom: "ip1" top: "ip1" }
  layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip2" bottom: "label" top: "accuracy" include { phase: TEST } }`)

const random = uniform(1, "data")
const data: Blob = { shape: [12, 6], data: Float32Array.from({ length: 72 }, random) }
const labels: Blob = { shape: [12], data: Float32Array.from({ length: 12 }, (_, i) => i % 3) }
const solver: SolverFields = { net, base_lr: 0.1, lr_policy: "fixed", max_iter: 10 }

const prepare = (fields: object = {}, options: object = {}) =>
  prepareTraining({ ...solver, ...fields }, { data, labels, ...options })

const weightsOf = ({ net: of }: TrainingRun) =>
  of.layers.flatMap(({ blobs }) => blobs.map((blob) => [...blob.data]))

test("ten steps are a training of ten iterations", async () => {
  const whole = await (await prepare()).resume()
  const run = await prepare()
  for (let i = 0; i < 10; i++) expect((await run.step()).iteration).toBe(i + 1)
  expect(run.loss).toEqual(whole.loss)
  expect(weightsOf(run)).toEqual(weightsOf(whole))
})

test("a step runs the test that is due before it, and no other", async () => {
  const run = await prepare({ test_interval: 2 }, { testData: data, testLabels: labels })
  for (let i = 0; i < 4; i++) await run.step()
  expect(run.test.map(({ iteration }) => iteration)).toEqual([0, 2])
})

test("a pause ends a training before its next iteration, and going on is as if there had been none", async () => {
  const whole = await (await prepare()).resume()
  const run = await prepare(
    {},
    {
      testData: data,
      testLabels: labels,
      onIteration: (each: TrainingRun) => each.iteration === 4 && each.pause(),
    },
  )
  await run.resume()
  expect([run.iteration, run.isFinished]).toEqual([4, false])
  expect(run.test).toEqual([])
  await run.resume()
  expect(run.iteration).toBe(10)
  expect(run.loss).toEqual(whole.loss)
  expect(run.test.map(({ iteration }) => iteration)).toEqual([10])
})

test("a pause while nothing runs does not end the next training", async () => {
  const run = await prepare()
  run.pause()
  expect((await run.resume()).iteration).toBe(10)
})

test("another rate counts from the next iteration on, and its policy goes on from it", async () => {
  const fields = { lr_policy: "exp", gamma: 0.5 }
  const run = await prepare(fields)
  await run.resume(3)
  expect(run.learningRate).toBe(Math.fround(Math.fround(0.1) * 0.25))
  run.change({ base_lr: 0.8 })
  await run.step()
  expect(run.learningRate).toBe(Math.fround(Math.fround(0.8) * 0.125))
  expect(run.changes).toEqual([{ iteration: 3, base_lr: 0.8 }])
  expect(run.toJSON().changes).toEqual(run.changes)
  const other = await prepare(fields)
  await other.resume(4)
  expect(weightsOf(run)).not.toEqual(weightsOf(other))
})

test("slopes that are changed while an iteration runs are there in the next one, not in the middle of this one", async () => {
  const seen: number[][] = []
  const slopesOf = (run: TrainingRun) => [...run.net.layer("p").blobs[0]!.data]
  const run = await prepare(
    { base_lr: 0 },
    {
      onIteration: (each: TrainingRun) => {
        if (each.iteration === 2) each.change({ slopes: { p: [1, 2, 3, 4, 5] } })
        seen.push(slopesOf(each))
      },
    },
  )
  await run.resume(4)
  const before = Array(5).fill(0.25)
  expect(seen).toEqual([before, before, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
  expect(run.changes).toEqual([{ iteration: 2, slopes: { p: [1, 2, 3, 4, 5] } }])
  run.change({ slopes: { p: 0 } })
  run.change({ slopes: { p: [undefined, 2, undefined, undefined, undefined] } })
  expect(slopesOf(run)).toEqual([0, 2, 0, 0, 0])
  expect(run.currentSlopes).toEqual({ p: [0, 2, 0, 0, 0] })
  expect(run.slopes.at(-1)).toMatchObject({ iteration: 4, p: [1, 2, 3, 4, 5] })
})

test("a training that nobody changes records no changes", async () => {
  expect(Object.keys((await (await prepare()).resume(2)).toJSON())).toEqual(["loss", "test", "slopes"])
})

test("what cannot be a rate or slopes is refused, and nothing is changed", async () => {
  const run = await prepare()
  const before = weightsOf(run)
  expect(() => run.change({ base_lr: -1 })).toThrow("base_lr is negative or no number: -1")
  expect(() => run.change({ base_lr: 1e300 })).toThrow("base_lr is negative or no number: Infinity")
  expect(() => run.change({ slopes: { q: 1 } })).toThrow(/^no such PReLU layer: q/)
  expect(() => run.change({ slopes: { p: [1, 2] } })).toThrow("not one slope a channel: 2 for 5 of p")
  expect(() => run.change({ base_lr: 1, slopes: { p: Number.NaN } })).toThrow("slope is no number: NaN in p")
  expect(weightsOf(run)).toEqual(before)
  expect([run.settings.base_lr, run.changes]).toEqual([Math.fround(0.1), []])
})
