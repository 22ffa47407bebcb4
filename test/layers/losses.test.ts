import { describe, expect, test } from "vitest"
import { count } from "../../src/net/index.js"
import { blobOf, type LayerFields, randomBlob, runLayer } from "./run-layer.js"

const labels = (...values: number[]) => blobOf([values.length], ...values)
const loss = (fields: LayerFields) => runLayer(fields).tops[0]![0]!

describe("losses by hand", () => {
  test("EuclideanLoss is the sum of squares over 2 N", () => {
    const bottoms = [blobOf([2, 2], 1, 2, 3, 4), blobOf([2, 2], 0, 0, 0, 2)]
    expect(loss({ type: "EuclideanLoss", bottoms })).toBe((1 + 4 + 9 + 4) / 4)
  })

  test.each([
    ["L1", (0.5 + 0 + 3 + 3) / 2],
    ["L2", (0.25 + 0 + 9 + 9) / 2],
  ])("HingeLoss with norm %s", (norm, expected) => {
    const bottoms = [blobOf([2, 2], 0.5, -1, 2, -2), labels(0, 1)]
    expect(loss({ type: "HingeLoss", message: { hinge_loss_param: { norm } }, bottoms })).toBe(expected)
  })

  test("MultinomialLogisticLoss takes probabilities, none below 1e-20", () => {
    const bottoms = [blobOf([2, 2], 1, 0, 1, 0), labels(0, 1)]
    expect(loss({ type: "MultinomialLogisticLoss", bottoms })).toBe(
      Math.fround(Math.fround(-Math.log(Math.fround(1e-20))) / 2),
    )
  })

  test.each([
    [false, (25 + (6 - 5) ** 2 + 0) / 6],
    [true, (25 + 0 + 0) / 6],
  ])("ContrastiveLoss of similar and other pairs, legacy_version %s", (legacy_version, expected) => {
    const bottoms = [blobOf([3, 2], 3, 4, 3, 4, 6, 8), blobOf([3, 2], 0, 0, 0, 0, 0, 0), labels(1, 0, 0)]
    const message = { contrastive_loss_param: { margin: 6, legacy_version } }
    expect(loss({ type: "ContrastiveLoss", message, bottoms })).toBe(Math.fround(expected))
  })

  test.each([
    [{}, 2],
    [{ normalization: "FULL" }, 6],
    [{ normalization: "VALID", ignore_label: 1 }, 3],
    [{ normalization: "NONE" }, 1],
    [{ normalize: true }, 6],
    [{ normalize: false }, 2],
  ])("SigmoidCrossEntropyLoss with %j divides by %d", (loss_param, divisor) => {
    const bottoms = [blobOf([2, 3], 0, 0, 0, 0, 0, 0), blobOf([2, 3], 0, 1, 1, 0, 1, 0)]
    const counted = "ignore_label" in loss_param ? 3 : 6
    expect(loss({ type: "SigmoidCrossEntropyLoss", message: { loss_param }, bottoms })).toBe(
      Math.fround(Math.fround(counted * Math.log(2)) / divisor),
    )
  })

  test("SigmoidCrossEntropyLoss does not overflow", () => {
    const bottoms = [blobOf([1, 2], 300, -300), blobOf([1, 2], 0, 1)]
    expect(loss({ type: "SigmoidCrossEntropyLoss", bottoms })).toBe(600)
  })

  test("InfogainLoss with the unit matrix is SoftmaxWithLoss, and both hand out the probabilities", () => {
    const x = randomBlob([3, 4, 2], "infogain")
    const label = blobOf([3, 2], 0, 1, 2, 3, 1, 2)
    const unit = blobOf([4, 4], 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    const message = { loss_param: { ignore_label: 2 } }
    const infogain = runLayer({ type: "InfogainLoss", message, bottoms: [x, label, unit], tops: 2 })
    const softmax = runLayer({ type: "SoftmaxWithLoss", message, bottoms: [x, label], tops: 2 })
    expect(infogain.tops).toEqual(softmax.tops)
    expect(infogain.shapes).toEqual([[], [3, 4, 2]])
    expect(softmax.tops[1]).toEqual(runLayer({ type: "Softmax", bottoms: [x] }).tops[0])
  })

  test("SoftmaxWithLoss where every label is ignored is 0, not a quotient of zeros", () => {
    const bottoms = [randomBlob([2, 3], "ignored"), labels(1, 1)]
    expect(loss({ type: "SoftmaxWithLoss", message: { loss_param: { ignore_label: 1 } }, bottoms })).toBe(0)
  })
})

describe("Accuracy", () => {
  const scores = blobOf([3, 3], 5, 4, 3, 2, 2, 1, 0, 1, 2)
  const run = (accuracy_param: object, ...classes: number[]) =>
    runLayer({
      type: "Accuracy",
      message: { accuracy_param },
      bottoms: [scores, labels(...classes)],
      tops: 2,
    })

  test("a tie with the true class counts against it", () => {
    const { tops, shapes } = run({}, 0, 0, 2)
    expect(shapes).toEqual([[], [3]])
    expect(tops.map((top) => [...top])).toEqual([[Math.fround(2 / 3)], [0.5, 0, 1]])
    expect(run({ top_k: 2 }, 0, 0, 2).tops[0]![0]).toBe(1)
  })

  test("ignored labels are not counted", () => {
    expect(run({ ignore_label: 0 }, 0, 0, 2).tops.map((top) => [...top])).toEqual([[1], [0, 0, 1]])
  })

  test("its bound is endless exactly where an error of the scores can change an answer", () => {
    const bound = (error: number, ...classes: number[]) =>
      run({}, ...classes).bound([new Float64Array(9).fill(error), new Float64Array(3)])
    expect(
      bound(0.4, 0, 2, 2)
        .flatMap((top) => [...top])
        .every(Number.isFinite),
    ).toBe(true)
    expect(bound(0.5, 0, 2, 2).map((top) => [...top].map(Number.isFinite))).toEqual([
      [false],
      [false, true, false],
    ])
  })
})

const bottomsOf: Readonly<Record<string, LayerFields["bottoms"]>> = {
  SoftmaxWithLoss: [randomBlob([4, 5], "a"), labels(0, 4, 2, 2)],
  MultinomialLogisticLoss: [
    { shape: [4, 5], data: randomBlob([4, 5], "b").data.map((v) => Math.abs(v) + 0.01) },
    labels(0, 4, 2, 2),
  ],
  InfogainLoss: [randomBlob([4, 3], "c"), labels(0, 1, 2, 2), randomBlob([3, 3], "h")],
  EuclideanLoss: [randomBlob([4, 5], "d"), randomBlob([4, 5], "e")],
  HingeLoss: [randomBlob([4, 5], "f"), labels(0, 4, 2, 2)],
  SigmoidCrossEntropyLoss: [randomBlob([4, 5], "g"), randomBlob([4, 5], "t")],
  ContrastiveLoss: [randomBlob([4, 5], "i"), randomBlob([4, 5], "j"), labels(0, 1, 1, 0)],
  LRN: [randomBlob([2, 6, 4, 3], "k")],
  MVN: [randomBlob([2, 3, 4, 5], "l")],
}
const messages: Readonly<Record<string, LayerFields["message"]>> = {
  ContrastiveLoss: { contrastive_loss_param: { margin: 9 } },
  HingeLoss: { hinge_loss_param: { norm: "L2" } },
}

test.each(Object.entries(bottomsOf))(
  "%s moves no farther than its bound when its bottoms do",
  (type, bottoms) => {
    for (const size of [1e-6, 1e-3, 0.05]) {
      for (let round = 0; round < 20; round++) {
        const layer = runLayer({ type, message: messages[type] ?? {}, bottoms })
        // Labels are exact: the second bottom of a classifier's loss, the third of ContrastiveLoss.
        const exact = (i: number) => bottoms[i]!.shape.length === 1
        const errors = bottoms.map(({ shape }, i) => new Float64Array(count(shape)).fill(exact(i) ? 0 : size))
        const moved = bottoms.map(({ shape, data }, i) => {
          const noise = randomBlob(shape, `${type} ${size} ${round} ${i}`).data
          // A little less than the error, for the rounding of the sum.
          return data.map((v, j) => v + (exact(i) ? 0 : Math.sign(noise[j]!) * size * 0.99))
        })
        const bound = layer.bound(errors)[0]!
        layer.forward(moved)[0]!.forEach((value, i) => {
          expect(Math.abs(value - layer.tops[0]![i]!)).toBeLessThanOrEqual(2 * bound[i]!)
          expect(bound[i]).toBeLessThan(Number.POSITIVE_INFINITY)
        })
      }
    }
  },
)

describe("what Caffe refuses", () => {
  const x = randomBlob([2, 3], "x")
  const refused: readonly (readonly [string, LayerFields, string])[] = [
    [
      "one bottom",
      { type: "SoftmaxWithLoss", bottoms: [x] },
      "wrong number of bottoms: 1, SoftmaxWithLoss has 2",
    ],
    [
      "other batches",
      { type: "EuclideanLoss", bottoms: [x, labels(1)] },
      "data and label differ in number: 2x3 and 1",
    ],
    ["other sizes", { type: "EuclideanLoss", bottoms: [x, labels(1, 2)] }, "shape mismatch: 2x3 and 2"],
    [
      "too many labels",
      { type: "Accuracy", bottoms: [x, x] },
      "one label per prediction: 2x3 for 2 predictions",
    ],
    [
      "top_k",
      { type: "Accuracy", message: { accuracy_param: { top_k: 4 } }, bottoms: [x, labels(0, 1)] },
      "top_k above number of classes: 4 of 3",
    ],
    [
      "a label that is no class",
      { type: "HingeLoss", bottoms: [x, labels(0, 3)] },
      "label out of range: 3 of 3 classes in layer tested",
    ],
    [
      "an axis",
      { type: "SoftmaxWithLoss", message: { softmax_param: { axis: 2 } }, bottoms: [x, labels(0, 1)] },
      "axis out of range: 2",
    ],
    ["no matrix", { type: "InfogainLoss", bottoms: [x, labels(0, 1)] }, "infogain matrix file not supported"],
    [
      "a small matrix",
      { type: "InfogainLoss", bottoms: [x, labels(0, 1), blobOf([2, 2], 1, 0, 0, 1)] },
      "infogain matrix has wrong size: 2x2 for 3 classes",
    ],
    [
      "even LRN",
      { type: "LRN", message: { lrn_param: { local_size: 4 } }, bottoms: [x] },
      "local_size must be odd: 4",
    ],
    ["flat LRN", { type: "LRN", bottoms: [x] }, "LRN needs four axes: 2x3"],
    [
      "MVN of five axes",
      { type: "MVN", bottoms: [randomBlob([1, 1, 1, 1, 2], "v")] },
      "needs at most four axes",
    ],
  ]
  test.each(refused)("%s", (_, fields, message) => {
    expect(() => runLayer(fields)).toThrow(message)
  })
})

describe("normalisations", () => {
  test("LRN within a channel ignores k", () => {
    const run = (k: number) =>
      runLayer({
        type: "LRN",
        message: { lrn_param: { norm_region: "WITHIN_CHANNEL", k } },
        bottoms: [randomBlob([1, 2, 6, 6], "within")],
      }).tops
    expect(run(7)).toEqual(run(1))
  })

  test("MVN adds eps to the deviation, and its top has four axes", () => {
    const { tops, shapes } = runLayer({
      type: "MVN",
      message: { mvn_param: { eps: 1, across_channels: true } },
      bottoms: [blobOf([1, 2], 1, 7)],
    })
    expect(shapes).toEqual([[1, 2, 1, 1]])
    expect([...tops[0]!]).toEqual([-0.75, 0.75])
  })
})
