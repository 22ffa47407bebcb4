/**
 * How long one forward and backward pass of LeNet takes at batch 64, and where the time goes. Built first: `npm run build`.
 *
 *     node test/bench/backward.mjs [passes]
 *
 * Wall and processor time of one thread; the latter is what an idle machine would need.
 */
import { parseNet } from "../../dist/caffe/load-net.js"
import { TrainingPass } from "../../dist/engines/index.js"
import { callsOf, layerTypeOf } from "../../dist/layers/index.js"
import { count } from "../../dist/net/index.js"

const passes = Number(process.argv[2] ?? 30)
/** @param {string} bottom */
const prelu = (bottom) =>
  `layer { name: "${bottom}/prelu" type: "PReLU" bottom: "${bottom}" top: "${bottom}" }`
/** @param {string} name @param {string} bottom @param {number} outputs */
const conv = (name, bottom, outputs) =>
  `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${name}"
     convolution_param { num_output: ${outputs} kernel_size: 5 } }`
/** @param {string} name @param {string} bottom */
const pool = (name, bottom) =>
  `layer { name: "${name}" type: "Pooling" bottom: "${bottom}" top: "${name}" pooling_param { kernel_size: 2 stride: 2 } }`
/** @param {string} name @param {string} bottom @param {number} outputs */
const ip = (name, bottom, outputs) =>
  `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" inner_product_param { num_output: ${outputs} } }`

const bare = parseNet(
  [
    'layer { name: "data" type: "Input" top: "data" top: "label"',
    "  input_param { shape { dim: [64, 1, 28, 28] } shape { dim: 64 } } }",
    ...[conv("conv1", "data", 20), prelu("conv1"), pool("pool1", "conv1")],
    ...[conv("conv2", "pool1", 50), prelu("conv2"), pool("pool2", "conv2")],
    ...[ip("ip1", "pool2", 500), prelu("ip1"), ip("ip2", "ip1", 10)],
    'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip2" bottom: "label" top: "loss" }',
  ].join("\n"),
  { phase: "TRAIN" },
)

let state = 1
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const { calls } = callsOf(bare, {}, { weights: "later" })
const net = bare.with(
  bare.layers.map((layer) => {
    const { type, call } = /** @type {NonNullable<ReturnType<typeof calls.get>>} */ (calls.get(layer))
    const shapes = type.blobShapes?.(call) ?? []
    const blobs = shapes.map((shape) => ({
      shape,
      data: Float32Array.from({ length: count(shape) }, () => (random() - 0.5) / Math.sqrt(count(shape, 1))),
    }))
    return { ...layer, blobs }
  }),
)
const batch = {
  data: { shape: [64, 1, 28, 28], data: Float32Array.from({ length: 64 * 784 }, random) },
  label: { shape: [64], data: Float32Array.from({ length: 64 }, () => Math.floor(random() * 10)) },
}

const used = () => process.cpuUsage().user / 1000
const training = new TrainingPass(net)
const walls = []
const processor = []
for (let i = -5; i < passes; i++) {
  training.clearDiffs()
  const [start, before] = [performance.now(), used()]
  await training.run(batch)
  if (i < 0) continue
  walls.push(performance.now() - start)
  processor.push(used() - before)
}
const sorted = walls.toSorted((a, b) => a - b)
const mean = processor.reduce((sum, t) => sum + t, 0) / passes
console.log(
  `one pass: wall ${sorted[0].toFixed(0)} ms at best, ${sorted[passes >> 1].toFixed(0)} ms in the middle; processor ${mean.toFixed(0)} ms`,
)

const spent = new Map()
const types = new Set(net.layers.filter(({ type }) => type !== "Input").map(layerTypeOf))
for (const type of /** @type {Set<any>} */ (types)) {
  for (const direction of ["forward", "backward"]) {
    const run = type[direction]
    type[direction] = (/** @type {any} */ call, /** @type {any[]} */ ...rest) => {
      const before = used()
      const result = run.call(type, call, ...rest)
      const name = `${call.layer.name} ${direction}`
      spent.set(name, (spent.get(name) ?? 0) + used() - before)
      return result
    }
  }
}
for (let i = 0; i < passes; i++) await training.run(batch)
for (const [name, time] of spent)
  console.log(`${name.padEnd(24)}${(time / passes).toFixed(1).padStart(6)} ms`)
