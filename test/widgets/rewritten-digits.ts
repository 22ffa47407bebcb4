import type { Blob, Net } from "../../src/net/index.js"
import { foldBatchNorm } from "../../src/transforms/index.js"
import { digits } from "../inspect/sample.js"

/** The sample net, and what folding its batch norms makes of it. */
export async function rewritten(): Promise<[Net, Net]> {
  const net = await digits()
  return [net, foldBatchNorm(net).net]
}

/** The same with one weight of the folded conv2's channel 5 off by a thousandth. */
export async function broken(): Promise<[Net, Net]> {
  const [net, folded] = await rewritten()
  const layers = folded.layers.map((layer) => {
    if (layer.name !== "conv2") return layer
    const [weights, ...others] = layer.blobs as [Blob, ...Blob[]]
    const data = weights.data.slice()
    data[5 * 108] = data[5 * 108]! * 1.001
    return { ...layer, blobs: [{ shape: weights.shape, data }, ...others] }
  })
  return [net, folded.with(layers)]
}
