import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadArray } from "../../src/formats/arrays.js"
import {
  overwritten,
  prepareTraining,
  type TrainingRun,
  type TrainOptions,
} from "../../src/training/index.js"
import { casesOf, isWhole, oracle } from "./case.js"

interface TrainingCase {
  readonly iterations: number
  readonly loss: readonly number[]
  readonly lr: readonly number[]
  readonly test_accuracy: readonly { iter: number; accuracy: number; test_loss: number }[]
  readonly slopes?: readonly ({ iter: number } & Record<string, number | readonly number[]>)[]
}

const folder = join(oracle, "training")
const runs = casesOf("training")

/** A few, or with PRELAB_TRAINING=whole all there are. */
const most = process.env.PRELAB_TRAINING === "whole" ? Number.POSITIVE_INFINITY : 26

/**
 * Every product rounds once, and both frameworks round to float32 after every layer, Caffe within its sums as well. What that makes of a loss
 * is measured, not derived: real Caffe started with weights one unit in the last place away stays within 2e-6 of itself, we stay within 4e-7
 * of Caffe for 25 iterations and within 2e-5 for 150. The limits are those that were agreed on before anything was measured.
 */
const limits = { early: 1e-4, late: 5e-3 }
const early = 25

function readRun(name: string): TrainingCase {
  return JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8"))
}

/** A run of the oracle, as far as it is compared. */
async function trainAs(
  name: string,
  options: Partial<TrainOptions> = {},
): Promise<{ run: TrainingRun; rates: number[] }> {
  const data = (file: string) => loadArray(join(folder, "data", file))
  const rates: number[] = []
  const run = await prepareTraining(join(folder, name, "solver.prototxt"), {
    data: await data("train_images.npy"),
    labels: await data("train_labels.npy"),
    ...(isWhole
      ? { testData: await data("test_images.npy"), testLabels: await data("test_labels.npy") }
      : {}),
    weights: join(folder, "data", "init.caffemodel"),
    onIteration: ({ learningRate }) => rates.push(learningRate!),
    ...(name === "prelu_inplace_buggy" ? { inPlaceMemory: overwritten } : {}),
    ...options,
  })
  await run.resume(Math.min(most, readRun(name).iterations))
  return { run, rates }
}

/** The first iteration whose loss is farther from Caffe's, relative to it, than the limit. */
function firstOff({ loss }: TrainingRun, caffe: TrainingCase): number | undefined {
  return loss.find(({ iteration, loss }) => {
    const want = caffe.loss[iteration]!
    return !(Math.abs(loss - want) <= (iteration < early ? limits.early : limits.late) * want)
  })?.iteration
}

describe("training as real Caffe did", () => {
  test.each(runs)("%s: losses, learning rates, accuracy and slopes are Caffe's", async (name) => {
    const caffe = readRun(name)
    const { run, rates } = await trainAs(name)
    expect(firstOff(run, caffe)).toBeUndefined()
    // A power of floats may be off by a unit in the last place, and the product with it.
    rates.forEach((rate, i) => {
      expect(Math.abs(rate - caffe.lr[i]!), `learning rate ${i}`).toBeLessThanOrEqual(2 ** -22 * caffe.lr[i]!)
    })
    for (const { iteration, accuracy } of run.test) {
      const want = caffe.test_accuracy.find(({ iter }) => iter === iteration)
      // One image of the 200 may lie on the edge.
      if (want)
        expect(Math.abs(accuracy! - want.accuracy), `accuracy at ${iteration}`).toBeLessThanOrEqual(1.5 / 200)
    }
    for (const { iter, ...layers } of caffe.slopes ?? []) {
      const got = run.slopes.find(({ iteration }) => iteration === iter)
      if (got === undefined) continue
      for (const [layer, want] of Object.entries(layers) as [string, readonly number[]][]) {
        const slopes = got[layer] as readonly number[]
        slopes.forEach((slope, channel) => {
          const limit = (iter <= early ? limits.early : limits.late) * Math.max(...want.map(Math.abs))
          expect(Math.abs(slope - want[channel]!), `${layer}, channel ${channel}`).toBeLessThanOrEqual(limit)
        })
      }
    }
  })

  test("the limits tell the run with the historical bug from the right one", async () => {
    const { run } = await trainAs("prelu_inplace")
    expect(firstOff(run, readRun("prelu_inplace_buggy"))).toBeLessThan(early)
    const { run: buggy } = await trainAs("prelu_inplace_buggy")
    expect(firstOff(buggy, readRun("prelu_inplace"))).toBeLessThan(early)
  })

  test("in place or not, and leaky ReLU or PReLU that does not learn: the same losses to the last bit", async () => {
    const losses = async (name: string) => (await trainAs(name)).run.loss
    expect(await losses("prelu_inplace")).toEqual(await losses("prelu"))
    expect(await losses("prelu_lr0")).toEqual(await losses("leaky_relu"))
  })
})
