import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { parseNet } from "../../src/caffe/index.js"
import { TrainingPass } from "../../src/engines/index.js"
import { callsOf } from "../../src/layers/index.js"
import type { Blob } from "../../src/net/index.js"
import { checkStopNowAndThen, setStopCheck } from "../../src/stop.js"
import { overwritten } from "../../src/training/prelu-museum.js"
import { randomBlob } from "../layers/run-layer.js"
import { difference } from "../layers/simd/random-layers.js"
import { withRandomWeights } from "../oracle/random-weights.js"

// How often one thread looks for a Stop does not depend on others.
beforeEach(() => void vi.stubEnv("PRELAB_THREADS", "1"))
afterEach(() => {
  vi.unstubAllEnvs()
  setStopCheck(() => {})
})

/** Does work that is stopped when it looks for a Stop for the n-th time; how often it has looked. */
async function stoppedAt(n: number, work: () => unknown): Promise<number> {
  let looks = 0
  setStopCheck(() => {
    if (++looks === n) throw new Error("stopped by the reader")
  })
  try {
    await work()
    expect(looks).toBeLessThan(n)
  } catch (error) {
    expect(String(error)).toBe("Error: stopped by the reader")
  } finally {
    setStopCheck(() => {})
  }
  return looks
}

const shape = [40, 16, 50, 50]
const input = (name: string) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${shape.map((n) => `dim: ${n}`).join(" ")} } } }`

const layers: Readonly<Record<string, string>> = {
  "a convolution": `type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 pad: 1 }`,
  "a deconvolution": `type: "Deconvolution" convolution_param { num_output: 2 kernel_size: 2 stride: 2 }`,
  "an inner product": `type: "InnerProduct" inner_product_param { num_output: 9 }`,
  BatchNorm: `type: "BatchNorm"`,
  Scale: `type: "Scale" scale_param { bias_term: true }`,
  PReLU: `type: "PReLU"`,
  "pooling of maxima": `type: "Pooling" pooling_param { kernel_size: 2 stride: 2 }`,
  "pooling of averages": `type: "Pooling" pooling_param { pool: AVE kernel_size: 2 stride: 2 }`,
  "a function of every value": `type: "ELU"`,
  Softmax: `type: "Softmax"`,
  "a product of two": `type: "Eltwise" bottom: "z" eltwise_param { operation: PROD }`,
  "two joined": `type: "Concat" bottom: "z"`,
  "axes in another order": `type: "Permute" permute_param { order: 0 order: 2 order: 3 order: 1 }`,
  LRN: `type: "LRN"`,
  Dropout: `type: "Dropout"`,
}

test.each(Object.entries(layers))("ends %s half way, and the next pass is as ever", async (_, text) => {
  const net = withRandomWeights(
    parseNet(`${input("x")} ${input("z")} layer { name: "y" top: "y" bottom: "x" ${text} }`, {
      phase: "TRAIN",
    }),
  )
  const layer = net.layers.at(-1)!
  const { type, call } = callsOf(net).calls.get(layer)!
  const bottoms = layer.bottoms.map(({ blob }) => randomBlob(shape, blob).data)
  const forward = () => type.forward(call, bottoms)
  const tops = forward()
  const topDiffs = call.tops.map((top) => randomBlob(top, "diff").data)
  const all = { propagateDown: bottoms.map(() => true), paramPropagateDown: [true, true] }
  const backward = () => {
    const { bottomDiffs, blobDiffs = [] } = type.backward!(call, { bottoms, tops, topDiffs, ...all })
    return [...bottomDiffs, ...blobDiffs]
  }
  for (const pass of [forward, backward]) {
    const expected = pass()
    expect(await stoppedAt(2, pass)).toBe(2)
    expect(difference(pass(), expected)).toBeUndefined()
  }
})

test("a training pass that is stopped anywhere leaves the next one as it would have been", async () => {
  const data = randomBlob([30, 3, 24, 24], "data")
  const label: Blob = { shape: [30], data: Float32Array.from({ length: 30 }, (_, i) => i % 5) }
  const net = withRandomWeights(
    parseNet(
      `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 30 dim: 3 dim: 24 dim: 24 } } }
      layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 30 } } }
      layer { name: "conv" bottom: "data" top: "conv" ${layers["a convolution"]} }
      layer { name: "bn" bottom: "conv" top: "bn" ${layers.BatchNorm} }
      layer { name: "prelu" bottom: "bn" top: "bn" ${layers.PReLU} }
      layer { name: "drop" bottom: "bn" top: "drop" ${layers.Dropout} }
      layer { name: "pool" bottom: "drop" top: "pool" ${layers["pooling of averages"]} }
      layer { name: "ip" bottom: "pool" top: "ip" ${layers["an inner product"]} }
      layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`,
      { phase: "TRAIN" },
    ),
  )
  const training = new TrainingPass(net, {}, { inPlaceMemory: overwritten })
  const pass = async () => {
    training.clearDiffs()
    const { loss, outputs } = await training.run({ data, label })
    return [Float32Array.of(loss), outputs.loss!.data, ...training.parameters.map(({ diff }) => diff.slice())]
  }
  const expected = await pass()
  const looks = await stoppedAt(Number.POSITIVE_INFINITY, pass)
  expect(looks).toBeGreaterThan(40)
  for (let n = 1; n <= looks; n += 3) {
    await stoppedAt(n, pass)
    expect(difference(await pass(), expected)).toBeUndefined()
  }
})

test("a loop over few values at a time looks now and then, and at once after a new check was set", () => {
  let looks = 0
  setStopCheck(() => void looks++)
  checkStopNowAndThen(1)
  expect(looks).toBe(1)
  for (let i = 0; i < 2 ** 21; i++) checkStopNowAndThen(4)
  expect(looks).toBe(8)
})
