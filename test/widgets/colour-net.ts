import { parseNet } from "../../src/caffe/index.js"
import type { Blob, Net } from "../../src/net/index.js"
import { uniform } from "../../src/training/fillers/random.js"
import { fillWeights } from "../../src/training/index.js"

/** Reads pictures in three colours, and is wider than what is sent together. */
export function colourNet(): Net {
  return fillWeights(
    parseNet(`
  name: "colours"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 6 dim: 8 } } }
  layer { name: "wide" type: "Convolution" bottom: "data" top: "wide" convolution_param { num_output: 70 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "ip" type: "InnerProduct" bottom: "wide" top: "ip" inner_product_param { num_output: 30 weight_filler { type: "xavier" } } }`),
  )
}

const random = uniform(1, "pictures")

/** Two of them, with values from -100 to 100 as if a mean had been taken off. */
export const colourPictures: Blob = {
  shape: [2, 3, 6, 8],
  data: Float32Array.from({ length: 288 }, () => 200 * random() - 100),
}
