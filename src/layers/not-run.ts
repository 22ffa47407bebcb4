import type { Layer } from "../net/index.js"
import { UnsupportedLayer } from "./problems.js"

const READS = { what: "reads data from outside", hint: "put an Input layer with the same tops in its place" }

/** Layer types of Caffe that cannot run here whatever their parameters, and why. */
const reasons: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  Data: READS,
  // Keeps the items of a batch whose selector, the last bottom, is not 0 (filter_layer.cpp): how many, only the data know, and here every
  // shape is known before any data flows. Nets run up to it: its bottoms hold all it reads.
  Filter: { what: "output size depends on data", hint: "ask for its bottoms: it copies the items selected" },
  HDF5Data: READS,
  HDF5Output: { what: "writes a file", hint: "remove it, and save the blobs that it reads" },
  ImageData: READS,
  MemoryData: READS,
  WindowData: READS,
}

/** Why a layer of a known type cannot run; undefined for the types that can, and for unknown ones. */
export function notRun({ name, type }: Layer): UnsupportedLayer | undefined {
  if (!Object.hasOwn(reasons, type)) return undefined
  const { what, hint } = reasons[type]!
  return new UnsupportedLayer(what, `${type} in layer ${name}`, { hint })
}
