// The same net, weights and batch in TensorFlow.js, from the folder that is given: one iteration for every line on stdin.
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { loadNet } from "../../dist/caffe/index.js"
import { loadArray } from "../../dist/formats/arrays.js"

const tf = createRequire(join(process.argv[2] ?? ".", "package.json"))("@tensorflow/tfjs")
await tf.setBackend("cpu")
await tf.ready()

const data = (/** @type {string} */ name) => new URL(`../../notebooks/data/${name}`, import.meta.url)
const net = await loadNet(data("lenet/prelu.prototxt"), data("lenet/init.caffemodel"))
const [images, labels] = [
  await loadArray(data("digits-100.npy")),
  await loadArray(data("digits-100-labels.npy")),
]
const batch = 64

/** A parameter in TensorFlow's order of axes. */
function parameter(
  /** @type {string} */ layer,
  /** @type {number} */ index,
  /** @type {number[] | undefined} */ order,
) {
  const { shape, data } = net.layer(layer).blobs[index]
  const tensor = tf.tensor(data, shape)
  return tf.variable(order ? tf.transpose(tensor, order) : tensor)
}

const kernel = [2, 3, 1, 0]
const turned = [1, 0]
const weights = {
  conv1: [parameter("conv1", 0, kernel), parameter("conv1", 1, undefined)],
  conv2: [parameter("conv2", 0, kernel), parameter("conv2", 1, undefined)],
  ip1: [parameter("ip1", 0, turned), parameter("ip1", 1, undefined)],
  ip2: [parameter("ip2", 0, turned), parameter("ip2", 1, undefined)],
  slopes: ["prelu1", "prelu2", "prelu3"].map((name) => parameter(name, 0, undefined)),
}
const x = tf.transpose(tf.tensor(images.data.slice(0, batch * 784), [batch, 1, 28, 28]), [0, 2, 3, 1])
const y = tf.oneHot(tf.tensor1d(Int32Array.from(labels.data.slice(0, batch)), "int32"), 10)

function loss() {
  let h = tf.prelu(tf.add(tf.conv2d(x, weights.conv1[0], 1, "valid"), weights.conv1[1]), weights.slopes[0])
  h = tf.maxPool(h, 2, 2, "valid")
  h = tf.prelu(tf.add(tf.conv2d(h, weights.conv2[0], 1, "valid"), weights.conv2[1]), weights.slopes[1])
  h = tf.maxPool(h, 2, 2, "valid")
  // Caffe's order of a flattened blob: channels first.
  h = tf.reshape(tf.transpose(h, [0, 3, 1, 2]), [batch, 800])
  h = tf.prelu(tf.add(tf.matMul(h, weights.ip1[0]), weights.ip1[1]), weights.slopes[2])
  h = tf.add(tf.matMul(h, weights.ip2[0]), weights.ip2[1])
  return tf.losses.softmaxCrossEntropy(y, h)
}

const optimizer = tf.train.momentum(0.01, 0.9)
for await (const _ of createInterface({ input: process.stdin })) {
  const from = performance.now()
  const value = optimizer.minimize(loss, true)
  const [result] = value.dataSync()
  value.dispose()
  console.log(performance.now() - from, result)
}
