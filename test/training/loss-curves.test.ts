import { expect, test } from "vitest"
import { lossCurves } from "../../src/training/loss-curves.js"
import { preluDiscussion } from "../../src/training/prelu-discussion.js"
import { smooth } from "../../src/training/smoothing.js"
import { history } from "../inspect/sample.js"

const names = ["relu", "leaky", "prelu", "prelu-lr0", "prelu-decay0", "prelu-quarter-bug"]
const lenet = () => Object.fromEntries(names.map((name) => [name, history(`lenet/${name}.json`)]))

test("first losses, last means and accuracies are those of the recorded runs", () => {
  const { runs } = lossCurves(lenet())
  const summary = runs.map((run) => [
    run.name,
    run.firstLoss.toFixed(5),
    run.lastMean.toFixed(4),
    run.finalAccuracy!.toFixed(4),
  ])
  expect(summary).toEqual([
    ["relu", "2.35140", "0.0512", "0.9787"],
    ["leaky", "2.34102", "0.0546", "0.9806"],
    ["prelu", "2.34102", "0.0544", "0.9797"],
    ["prelu-lr0", "2.34102", "0.0546", "0.9806"],
    ["prelu-decay0", "2.34102", "0.0546", "0.9799"],
    ["prelu-quarter-bug", "2.34102", "0.0815", "0.9763"],
  ])
})

test("leaky ReLU and PReLU that does not learn are said to be identical to the last bit", () => {
  const curves = lossCurves(lenet())
  expect(curves.identical).toEqual([["leaky", "prelu-lr0"]])
  expect(curves.remarks).toEqual(["leaky and prelu-lr0: identical to the last bit"])
  expect(String(curves)).toContain("; leaky and prelu-lr0: identical to the last bit")
})

test("one bit of difference is a difference", () => {
  const loss = [2, 1, 0.5]
  const other = [2, 1, 0.5 + 2 ** -53]
  expect(lossCurves({ a: { loss }, b: { loss: other } }).identical).toEqual([])
  expect(lossCurves({ a: { loss }, b: { loss: [...loss] } }).identical).toEqual([["a", "b"]])
})

test("the form that training writes is read like the sample's", () => {
  const written = {
    loss: [
      { iteration: 0, loss: 2 },
      { iteration: 10, loss: 1 },
    ],
    test: [{ iteration: 10, accuracy: 0.5 }, { iteration: 20 }],
    slopes: [{ iteration: 10, prelu1: [0.25, 0.5] }],
  }
  const [run] = lossCurves(written).runs
  expect(run).toMatchObject({
    name: "training",
    loss: [
      { iteration: 0, value: 2 },
      { iteration: 10, value: 1 },
    ],
    accuracy: [{ iteration: 10, value: 0.5 }],
    slopes: [{ iteration: 10, slopes: { prelu1: [0.25, 0.5] } }],
    firstLoss: 2,
    lastMean: 1,
    finalAccuracy: 0.5,
  })
})

test("a list of histories takes the names they carry", () => {
  expect(lossCurves([history("digits-history.json"), { loss: [1] }]).runs.map(({ name }) => name)).toEqual([
    "digits",
    "run 2",
  ])
})

test("the discussion's figures come alone or beside curves", () => {
  const alone = lossCurves("prelu-discussion")
  expect(alone.runs).toEqual([])
  expect(alone.quoted).toBe(preluDiscussion)
  expect(String(alone)).toBe("Loss curves: 14 figures quoted from https://github.com/BVLC/caffe/pull/1940")
  expect(lossCurves({ loss: [1] }, { quoted: "prelu-discussion" }).quoted).toBe(preluDiscussion)
})

test("the end of a run is its last 50 losses, and of a short run its last third", () => {
  const end = (iterations: number) =>
    lossCurves({ loss: Array.from({ length: iterations }, (_, i) => i) }).runs[0]!.lastMean
  expect([1, 3, 30, 1000].map(end)).toEqual([0, 2, 24.5, 974.5])
})

test("short runs are smoothed less, as an average over many iterations lags behind", () => {
  const of = (iterations: number) => lossCurves({ loss: new Array<number>(iterations).fill(1) }).smoothing
  expect([1, 40, 80, 160, 800, 10_000].map(of)).toEqual([0, 0, 0.5, 0.75, 0.95, 0.95])
})

test("smoothing is corrected for its start and passes over what is not finite", () => {
  expect(smooth([3, 3, 3], 0.9)).toEqual([3, 3, 3].map((x) => expect.closeTo(x, 12)))
  expect(smooth([1, 2], 0.5)[1]).toBeCloseTo((0.25 * 1 + 0.5 * 2) / 0.75, 12)
  expect(smooth([1, Number.NaN, 1], 0.9)).toEqual(
    [1, Number.NaN, 1].map((x) => (x === 1 ? expect.closeTo(1, 12) : x)),
  )
  expect(smooth([1, 2, 3], 0)).toEqual([1, 2, 3])
})

test("what is no history is refused by name", () => {
  expect(() => lossCurves({ a: { loss: "2" } })).toThrow("loss is no list: string in a")
  expect(() => lossCurves({ a: { loss: [] } })).toThrow("history without losses: a")
  expect(() => lossCurves({ a: { loss: [1, "x"] } })).toThrow('loss is no number: "x" in a')
  expect(() => lossCurves(3)).toThrow("not a training history: 3")
  expect(() => lossCurves("prelu-discusion")).toThrow(
    'unknown figures: prelu-discusion; did you mean "prelu-discussion"?',
  )
  expect(() => lossCurves({ loss: [1] }, { smoothing: 1 })).toThrow("smoothing not in [0, 1): 1")
})
