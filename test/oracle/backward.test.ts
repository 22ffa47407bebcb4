import { describe, expect, test } from "vitest"
import { backward } from "../../src/engines/index.js"
import { gamma } from "../../src/layers/index.js"
import { boundDiffs } from "./backward-bound.js"
import { casesOf, inputsOf, type OracleCase, readArray, readCase } from "./case.js"
import { type Bounded, loadCase, runBounded } from "./run-case.js"

interface StoredBlob {
  readonly layer: string
  readonly blob_index: number
  readonly file: string
}

interface BackwardCase extends OracleCase {
  readonly param_diffs?: readonly StoredBlob[]
  readonly input_diffs: readonly { blob: string; file: string }[]
  readonly params_after_forward?: readonly StoredBlob[]
}

const cases = casesOf("backward")

/** The first value that is farther from Caffe's than both computations may be from the exact result. */
function firstOutside(got: Float32Array, want: Float32Array, bound: Float64Array): string | undefined {
  expect(got.length).toBe(want.length)
  const at = want.findIndex((value, i) => !(Math.abs(got[i]! - value) <= 2 * bound[i]!))
  return at < 0 ? undefined : `${got[at]} at ${at} is not ${want[at]} within ${2 * bound[at]!}`
}

describe("the backward pass at TRAIN", () => {
  test.each(cases)("%s: every diff that Caffe made lies within the bound of its sums", async (name) => {
    const of = readCase("backward", name) as BackwardCase
    const loaded = await loadCase(of)
    const bounds = boundDiffs(loaded)
    const { gradients, inputDiffs } = await backward(loaded.net, inputsOf(of))
    for (const { layer, blob_index, file } of of.param_diffs ?? []) {
      const { data } = gradients.find((each) => each.layer === layer && each.index === blob_index)!
      const { bound } = bounds.blobs.get(loaded.net.layer(layer).blobs[blob_index]!.data)!
      expect(firstOutside(data, readArray(of, file).data, bound), `${layer} ${blob_index}`).toBeUndefined()
    }
    // Labels and the like have none; every other input has.
    expect(Object.keys(inputDiffs).sort()).toEqual(of.input_diffs.map(({ blob }) => blob).sort())
    for (const { blob, file } of of.input_diffs) {
      const input = loaded.net.inputs.find((value) => value.blob === blob)!
      const { bound } = bounds.of.get(input)!
      expect(firstOutside(inputDiffs[blob]!.data, readArray(of, file).data, bound), blob).toBeUndefined()
    }
  })

  test("the bounds are tight enough to tell a slope's gradient without its last pre-activation from the right one", async () => {
    const of = readCase("backward", "prelu_inplace") as BackwardCase
    const loaded = await loadCase(of)
    const { bound } = boundDiffs(loaded).blobs.get(loaded.net.layer("pr").blobs[0]!.data)!
    const { gradients } = await backward(loaded.net, inputsOf(of))
    const { data } = gradients.find(({ layer }) => layer === "pr")!
    // Some 30 negative values a channel add up to it.
    expect(
      firstOutside(
        data.map((v) => v * (1 - 1 / 60)),
        data,
        bound,
      ),
    ).toBeDefined()
  })

  test.each(
    cases.filter((name) => (readCase("backward", name) as BackwardCase).params_after_forward !== undefined),
  )("%s: BatchNorm's averages after one pass are Caffe's", async (name) => {
    const of = readCase("backward", name) as BackwardCase
    const loaded = await loadCase(of)
    const after = (await backward(loaded.net, inputsOf(of))).net
    const values = runBounded(loaded)
    for (const { layer, blob_index, file } of of.params_after_forward!) {
      const { bottoms, blobs } = loaded.net.layer(layer)
      const before = blobs[blob_index]!.data
      const bound = averageBound(values.get(bottoms[0]!)!, before, blob_index)
      const got = after.layer(layer).blobs[blob_index]!.data
      expect(firstOutside(got, readArray(of, file).data, bound), `${layer} ${blob_index}`).toBeUndefined()
    }
  })
})

/**
 * What the batch's mean (blob 0) or variance (1) may be off by, whose n values are at most `size` and off by
 * at most `error`: a sum of n terms, for the variance of squares of differences up to 2 size, times n / (n -
 * 1), at most 2. The moving average rounds thrice.
 */
function averageBound({ data, bound }: Bounded, before: Float32Array, blob: number): Float64Array {
  const size = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  const g = gamma(data.length + 8)
  const onMean = bound.reduce((most, e) => Math.max(most, e), 0) + g * size
  const onBatch = [onMean, 2 * (2 * (2 * size) * (2 * onMean) + g * (2 * size) ** 2), 0][blob]!
  return Float64Array.from(before, (v) => onBatch + gamma(3) * (2 * Math.abs(v) + 1 + onBatch))
}
