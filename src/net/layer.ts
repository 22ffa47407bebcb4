import type { Blob } from "./blob.js"
import type { Value } from "./value.js"

/** The fields of a protobuf message by their names in caffe.proto; absent fields are absent, enums are their names. */
export type Message = { readonly [field: string]: unknown }

/** One layer of a net: Caffe's LayerParameter with its wiring in SSA form and its parameter blobs. */
export interface Layer {
  readonly name: string
  readonly type: string
  readonly bottoms: readonly Value[]
  readonly tops: readonly Value[]
  /** LayerParameter without name, type, bottom, top and blobs: `convolution_param`, `param`, `phase`, … */
  readonly message: Message
  /** Parameter blobs as Caffe orders them (weight, bias); empty when no weights were loaded. */
  readonly blobs: readonly Blob[]
  /** Fields of the caffemodel's layer that caffe.proto lacks (a fork's), as they stand in the file. */
  readonly extra?: Uint8Array
  /**
   * Where the layer stands in its prototxt, kept for writing it back as it was. Absent on layers that a rewrite made.
   */
  readonly origin?: Origin
}

export interface Origin {
  readonly text: string
  /** Line of the prototxt where the layer starts. */
  readonly line: number
  /** Paths of a fork's fields in the text. */
  readonly unknown: readonly string[]
  /** What the text says. A layer that says something else is not written back as it was. */
  readonly says: { readonly name: string; readonly type: string; readonly message: Message }
}
