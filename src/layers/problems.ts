import { PrelabError } from "../error.js"
import type { Layer } from "../net/index.js"

/** A layer type that prelab cannot run: the net still loads, shows and runs up to it. */
export class UnsupportedLayer extends PrelabError {}

/** A layer whose parameter blobs were not loaded: the net still shows. */
export class MissingWeights extends PrelabError {}

/** The same error with the layer in it that it is about. */
export function inLayer(error: PrelabError, layer: Layer): PrelabError {
  if (error instanceof UnsupportedLayer) return error
  return new PrelabError(error.what, `${error.value ?? ""} in layer ${layer.name}`.trim(), {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  })
}
