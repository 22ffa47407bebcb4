import { parseNet } from "../../src/caffe/index.js"
import { writePrototxt } from "../../src/caffe/save-net.js"
import type { Net } from "../../src/net/index.js"

/** The net as its files would give it back: the same names and blobs, no value in common. */
export function reloaded(net: Net): Net {
  const again = parseNet(writePrototxt(net))
  return again.with(again.layers.map((layer) => ({ ...layer, blobs: net.layer(layer.name).blobs })))
}
