import { describe, expect, test } from "vitest"
import { backward, type InPlaceMemory, TrainingPass } from "../../src/engines/index.js"
import { prelu } from "../../src/layers/prelu.js"
import { ETA, gamma, U } from "../../src/layers/rounding.js"
import { type Blob, makeValue } from "../../src/net/index.js"
import {
  comparePReluMemories,
  fullCopy,
  overwritten,
  preluMemories,
  quarterCopy,
  reconstruction,
  sharedBuffer,
  signBits,
  signBytes,
} from "../../src/training/index.js"
import { randomBlob } from "../layers/run-layer.js"
import { inputsOf, readCase } from "../oracle/case.js"
import { loadCase } from "../oracle/run-case.js"

const shape = [2, 3, 5]
const x = randomBlob(shape, "pre-activations")
const dy = randomBlob(shape, "diffs").data

/** A PReLU in place at these slopes. */
function callOf(...slopes: number[]) {
  const blobs: Blob[] = [
    { shape: slopes.length === 1 ? [] : [slopes.length], data: Float32Array.from(slopes) },
  ]
  const value = makeValue("y")
  const layer = { name: "pr", type: "PReLU", bottoms: [value], tops: [value], message: {}, blobs }
  const params = { channelShared: slopes.length === 1 }
  return { layer, params, phase: "TRAIN" as const, bottoms: [shape], tops: [shape], blobs }
}

/** What a backward pass makes of what a memory gives back. */
function diffs(memory: InPlaceMemory, call: ReturnType<typeof callOf>) {
  const kept = memory.keep(call, x.data)
  const top = prelu.forward(call, [x.data])[0]!
  const restored = kept.restore(top)
  const pass = {
    bottoms: [restored],
    tops: [top],
    topDiffs: [dy],
    propagateDown: [true],
    paramPropagateDown: [true],
  }
  const { bottomDiffs, blobDiffs } = prelu.backward!(call, pass)
  return { restored, bottom: bottomDiffs[0]!, slopes: blobDiffs![0]! }
}

const memories = preluMemories.map((make) => make()).map((memory) => [memory.name, memory] as const)

describe("ways to remember what an in-place PReLU overwrites", () => {
  test.each(memories)("%s: slopes that are powers of two lose nothing", (_name, memory) => {
    expect(diffs(memory, callOf(0.25, 0.5, 2))).toEqual(diffs(fullCopy, callOf(0.25, 0.5, 2)))
    expect(diffs(memory, callOf(0.25))).toEqual(diffs(fullCopy, callOf(0.25)))
  })

  test.each(memories)(
    "%s: other positive slopes round each value twice at most, and no sign is lost",
    (_name, memory) => {
      const call = callOf(0.1, 0.7, 3)
      const [got, want] = [diffs(memory, call), diffs(fullCopy, call)]
      expect(got.bottom).toEqual(want.bottom)
      const bound = new Float64Array(3)
      got.restored.forEach((v, i) => {
        const off = gamma(2) * Math.abs(x.data[i]!) + ETA / 0.1
        expect(Math.abs(v - x.data[i]!)).toBeLessThanOrEqual(off)
        bound[Math.floor(i / 5) % 3]! += Math.abs(dy[i]!) * off
      })
      got.slopes.forEach((slope, c) => {
        expect(Math.abs(slope - want.slopes[c]!)).toBeLessThanOrEqual(bound[c]! + 2 * U * Math.abs(slope))
      })
    },
  )

  test.each([fullCopy, signBytes, signBits, sharedBuffer()])(
    "negative slopes are no matter to $name",
    (memory) => {
      const call = callOf(-0.25, 0.5, -4)
      expect(diffs(memory, call)).toEqual(diffs(fullCopy, call))
    },
  )

  test("without signs a negative slope is refused: it hides them", () => {
    expect(() => reconstruction.keep(callOf(0.25, -0.5, 1), x.data)).toThrow(
      "negative slope hides the sign: -0.5 in channel 1 of pr; a positive top may come from a negative value: keep the signs",
    )
  })

  test.each([signBytes, signBits, reconstruction])("a slope of 0 is refused by $name", (memory) => {
    expect(() => memory.keep(callOf(0.25, 0.5, 0), x.data)).toThrow(
      "slope 0 cannot be undone: channel 2 of pr; every negative value became 0: keep a copy",
    )
  })

  test("one byte a sign saves 75 %, one bit 97 %, a shared buffer all layers but the largest", () => {
    const counts = [1000, 3000, 100]
    const bytes = memories.map(([, memory]) => memory.bytes(counts))
    expect(bytes).toEqual([16400, 4100, 125 + 375 + 13, 0, 12000])
  })
})

describe("whole nets", () => {
  /** The case's net, its slopes from 0.1 on, and the first one of the first PReLU this. */
  async function gradientsAt(first: number) {
    const of = readCase("backward", "prelu_inplace_twice")
    const { net } = await loadCase(of)
    const layers = net.layers.map((layer) =>
      layer.type === "PReLU"
        ? {
            ...layer,
            blobs: layer.blobs.map(({ shape, data }) => ({ shape, data: data.map((_, c) => 0.1 + c / 7) })),
          }
        : layer,
    )
    layers.find(({ type }) => type === "PReLU")!.blobs[0]!.data[0] = first
    const rows = await comparePReluMemories(net.with(layers), inputsOf(of))
    return { rows, gradients: rows.map(({ gradients }) => gradients) }
  }

  const [same, rounded] = ["the same bit for bit", "the same but for rounding of the slopes'"]

  test("every way gives the gradients of the full copy", async () => {
    const { rows, gradients } = await gradientsAt(0.3)
    expect(gradients).toEqual([same, rounded, rounded, rounded, same])
    // Two layers of one size.
    expect(rows.map(({ saved }) => saved)).toEqual([0, 0.75, 1 - 1 / 32, 1, 0.5])
    expect(rows[0]!.bytes).toBe(2 * 4 * 3 * 4 * 5 * 4)
  })

  test("or says why not: a negative slope hides signs, a slope of 0 values", async () => {
    const negative = expect.stringMatching(/^refused: negative slope hides the sign: -0\.3/)
    expect((await gradientsAt(-0.3)).gradients).toEqual([same, rounded, rounded, negative, same])
    const zero = expect.stringMatching(/^refused: slope 0 cannot be undone: channel 0 of pr;/)
    expect((await gradientsAt(0)).gradients).toEqual([same, zero, zero, zero, same])
  })

  test("a net without a PReLU in place has nothing to remember", async () => {
    const of = readCase("backward", "prelu")
    const { net } = await loadCase(of)
    await expect(comparePReluMemories(net, inputsOf(of))).rejects.toThrow("no PReLU runs in place: prelu")
  })
})

describe("museum pieces", () => {
  test("the quarter copy keeps the first quarter and takes zeros for the rest", () => {
    const { restored, bottom } = diffs(quarterCopy, callOf(0.25, 0.5, 2))
    // 30 bytes are seven values and half of the eighth.
    expect(restored.subarray(0, 7)).toEqual(x.data.subarray(0, 7))
    expect(restored.subarray(8)).toEqual(new Float32Array(22))
    // Every diff behind it counts as that of a negative value.
    expect(bottom.subarray(25)).toEqual(dy.subarray(25).map((d) => d * 2))
  })

  test("overwritten values leave diffs alone while slopes are positive, and the slopes' gradients too small by the slope", () => {
    const call = callOf(0.25, 0.5, 2)
    const [got, want] = [diffs(overwritten, call), diffs(fullCopy, call)]
    expect(got.bottom).toEqual(want.bottom)
    expect(got.slopes).toEqual(want.slopes.map((slope, c) => slope * call.blobs[0]!.data[c]!))
  })

  test("overwritten values turn signs over where a slope is negative", () => {
    const call = callOf(-0.25, 0.5, 2)
    const [got, want] = [diffs(overwritten, call), diffs(fullCopy, call)]
    const wrong = [...want.bottom].flatMap((d, i) => (d === got.bottom[i] ? [] : [i]))
    expect(wrong).toEqual([...x.data].flatMap((v, i) => (v < 0 && Math.floor(i / 5) % 3 === 0 ? [i] : [])))
    expect(wrong.length).toBeGreaterThan(0)
  })

  test.each([quarterCopy, overwritten])(
    "$name is used by a pass only where it is asked for",
    async (inPlaceMemory) => {
      const of = readCase("backward", "prelu_inplace")
      const { net } = await loadCase(of)
      const inputs = inputsOf(of)
      const shapes = Object.fromEntries(Object.entries(inputs).map(([name, blob]) => [name, blob.shape]))
      const training = new TrainingPass(net, shapes, { inPlaceMemory })
      const { loss } = await training.run(inputs)
      const right = await backward(net, inputs)
      expect(loss).toBe(right.loss)
      const slopes = (gradients: readonly { layer: string; diff: Float32Array }[]) =>
        gradients.find(({ layer }) => layer === "pr")!.diff
      expect(slopes(training.parameters)).not.toEqual(
        slopes(right.gradients.map(({ layer, data }) => ({ layer, diff: data }))),
      )
    },
  )
})
