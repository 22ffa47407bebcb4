// One iteration of training for every line on stdin: its milliseconds, its loss, and the processor's milliseconds.
import { createInterface } from "node:readline"
import { loadNet } from "../../dist/caffe/index.js"
import { loadArray } from "../../dist/formats/arrays.js"
import { prepareTraining } from "../../dist/training/index.js"

const data = (/** @type {string} */ name) => new URL(`../../notebooks/data/${name}`, import.meta.url)
const run = await prepareTraining(
  {
    net: await loadNet(data("lenet/prelu.prototxt"), undefined, { phase: "TRAIN" }),
    base_lr: 0.01,
    lr_policy: "fixed",
    momentum: 0.9,
    max_iter: 1_000_000,
  },
  {
    data: await loadArray(data("digits-100.npy")),
    labels: await loadArray(data("digits-100-labels.npy")),
    weights: data("lenet/init.caffemodel"),
  },
)
for await (const _ of createInterface({ input: process.stdin })) {
  const [from, before] = [performance.now(), process.cpuUsage().user]
  await run.resume(run.iteration + 1)
  console.log(performance.now() - from, run.loss.at(-1)?.loss, (process.cpuUsage().user - before) / 1000)
}
