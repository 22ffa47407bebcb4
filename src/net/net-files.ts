import type { Blob } from "./blob.js"
import type { Message, Origin } from "./layer.js"

/**
 * What the files of a net hold beside its layers, kept for writing them back: rewrites hand it on. Most nets that are loaded are never
 * saved, so the pieces are cut when they are first asked for.
 */
export interface NetFiles {
  /** The prototxt from its first character to its last; absent where the net was not read from one. */
  readonly text?: () => readonly TextPiece[]
  /** What the text says of the net itself. */
  readonly says?: { readonly name: string; readonly message: Message }
  /** The caffemodel, field by field; absent without weights. */
  readonly model?: () => readonly ModelPiece[]
}

/**
 * A stretch of a prototxt: white space and comments (and the net's state, which loading decides), a field of the net, one that
 * states legacy inputs, a layer, or a layer that the include and exclude rules leave out of the net.
 */
export interface TextPiece {
  readonly is: "space" | "name" | "field" | "input" | "layer" | "other layer"
  readonly text: string
  /** Of a layer of the net, and of the inputs that became one. */
  readonly origin?: Origin
}

/** A field of a caffemodel: the bytes of one that is no layer, tag included, or a layer. */
export type ModelPiece = Uint8Array | ModelPieceOfLayer

export interface ModelPieceOfLayer {
  readonly name: string
  /** The bytes of its fields up to its first blob, and of those behind; absent where they are of an older format. */
  readonly before?: Uint8Array
  readonly after?: Uint8Array
  /** What stands around the values of each blob: its shape, a fork's fields. Gradients are not kept. */
  readonly frames?: readonly BlobFrame[]
  /** The blobs of a layer that the net does not have. */
  readonly blobs?: readonly Blob[]
}

export interface BlobFrame {
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** How many values stood there. */
  readonly values: number
}

/** Does the work at the first call and keeps its result. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
