import { expect, test } from "vitest"
import { callsOf, isSupported } from "../../src/layers/index.js"
import { oneLayer } from "../engines/gpu/one-layer.js"

const ANY = Number.POSITIVE_INFINITY

/** Caffe's own types: least and most bottoms, as include/caffe/layers says (LSTM and RNN with a static input and an exposed state). */
const bottoms: Readonly<Record<string, readonly [number, number]>> = {
  ...Object.fromEntries(
    (
      "AbsVal ArgMax BatchNorm BNLL Clip Dropout ELU Embed Exp Flatten Im2col InnerProduct LRN Log MVN PReLU Pooling Power " +
      "ReLU Reduction Reshape SPP Sigmoid Slice Softmax Split Swish TanH Threshold Tile"
    )
      .split(" ")
      .map((type) => [type, [1, 1]]),
  ),
  Accuracy: [2, 2],
  BatchReindex: [2, 2],
  Bias: [1, 2],
  Concat: [1, ANY],
  ContrastiveLoss: [3, 3],
  Convolution: [1, ANY],
  Crop: [2, 2],
  Deconvolution: [1, ANY],
  DummyData: [0, 0],
  Eltwise: [2, ANY],
  EuclideanLoss: [2, 2],
  HingeLoss: [2, 2],
  InfogainLoss: [2, 3],
  Input: [0, 0],
  LSTM: [2, 5],
  LSTMUnit: [3, 3],
  MultinomialLogisticLoss: [2, 2],
  Parameter: [0, 0],
  RNN: [2, 4],
  Scale: [1, 2],
  SigmoidCrossEntropyLoss: [2, 2],
  Silence: [1, ANY],
  SoftmaxWithLoss: [2, 2],
}

/** What is wrong with a layer of so many bottoms and tops. */
function problemOf(type: string, bottomCount: number, tops = 1, message = {}): string {
  const { net } = oneLayer(type, "counted", {
    bottoms: Array(bottomCount).fill([2, 3, 4, 5]),
    tops,
    message,
  })
  return callsOf(net).problems.get(net.layer("tested"))?.message ?? ""
}

test.each(Object.entries(bottoms))("%s has %j bottoms", (type, [least, most]) => {
  expect(isSupported(type)).toBe(true)
  const wrong = "wrong number of bottoms"
  if (least > 0) expect(problemOf(type, least - 1)).toContain(`${wrong}: ${least - 1}, ${type} has`)
  if (most < ANY) expect(problemOf(type, most + 1)).toContain(`${wrong}: ${most + 1}, ${type} has`)
  for (let n = least; n <= Math.min(most, 6); n++) {
    const message = { recurrent_param: { num_output: 1, expose_hidden: n > 3 } }
    expect(problemOf(type, n, 1, message)).not.toContain(`${wrong}: ${n}, ${type} has`)
  }
})

const pool = (method: string) => ({ pooling_param: { pool: method, kernel_size: 2 } })

test.each([
  ["Im2col", 1, 2, { convolution_param: { kernel_size: 2 } }, "2, Im2col makes 1"],
  ["Split", 1, 0, {}, "0, Split makes 1"],
  ["DummyData", 0, 0, { dummy_data_param: { shape: [{ dim: [3] }] } }, "0, DummyData makes 1"],
  ["Silence", 1, 1, {}, "1, Silence makes 0"],
  ["Convolution", 2, 1, { convolution_param: { num_output: 1, kernel_size: 1 } }, "1, Convolution makes 2"],
  ["Pooling", 1, 3, pool("MAX"), "3, Pooling makes 1 to 2"],
  ["Pooling", 1, 2, pool("AVE"), "2, Pooling makes 1"],
  ["ReLU", 1, 0, {}, "0, ReLU makes 1"],
] as const)("%s with %d bottoms and %d tops is refused", (type, bottomCount, tops, message, reason) => {
  expect(problemOf(type, bottomCount, tops, message)).toBe(`wrong number of tops: ${reason} in layer tested`)
})

test("Silence makes nothing, and MAX pooling may hand out its mask", () => {
  expect(problemOf("Silence", 2, 0)).toBe("")
  expect(problemOf("Pooling", 1, 2, pool("MAX"))).toBe("")
})
