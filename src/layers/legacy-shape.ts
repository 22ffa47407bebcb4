import { PrelabError } from "../error.js"
import { formatShape, type Shape } from "../net/index.js"

/** A blob as the layers from before N-D blobs see it: [num, channels, height, width], missing axes 1 (blob.hpp, LegacyShape). */
export function legacyShape(shape: Shape): readonly [number, number, number, number] {
  if (shape.length > 4) throw new PrelabError("needs at most four axes", formatShape(shape))
  const [num = 1, channels = 1, height = 1, width = 1] = shape
  return [num, channels, height, width]
}
