import { parseNet } from "../../src/caffe/index.js"
import type { Blob } from "../../src/net/index.js"
import { uniform } from "../../src/training/fillers/random.js"
import type { SolverFields, TrainOptions } from "../../src/training/index.js"

/** Two PReLUs, one of them with one slope for all channels; an iteration takes less than a millisecond. */
const net = parseNet(`
  name: "small"
  layer { name: "input" type: "Input" top: "data" top: "label" input_param { shape { dim: 4 dim: 6 } shape { dim: 4 } } }
  layer { name: "ip1" type: "InnerProduct" bottom: "data" top: "ip1" inner_product_param { num_output: 5 weight_filler { type: "xavier" } } }
  layer { name: "p1" type: "PReLU" bottom: "ip1" top: "ip1" }
  layer { name: "ip2" type: "InnerProduct" bottom: "ip1" top: "ip2" inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
  layer { name: "p2" type: "PReLU" bottom: "ip2" top: "ip2" prelu_param { channel_shared: true } }
  layer { name: "ip3" type: "InnerProduct" bottom: "ip2" top: "ip3" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip3" bottom: "label" top: "loss" }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip3" bottom: "label" top: "accuracy" include { phase: TEST } }`)

const random = uniform(1, "data")
const data: Blob = { shape: [12, 6], data: Float32Array.from({ length: 72 }, random) }
const labels: Blob = { shape: [12], data: Float32Array.from({ length: 12 }, (_, i) => i % 3) }

export const smallSolver: SolverFields = {
  net,
  base_lr: 0.1,
  lr_policy: "fixed",
  max_iter: 40,
  test_interval: 10,
  test_initialization: false,
}

export const smallItems: TrainOptions = { data, labels, testData: data, testLabels: labels }
