import { parseConvolution, slidingOf } from "../layers/convolution.js"
import type { Pair } from "./align.js"
import type { Case } from "./case.js"
import { kindOf } from "./linear.js"

/** Padding of a pair's layer along every axis; none for layers without windows, or where the shape is unknown. */
export function padsOf({ a }: Case, { a: { anchor } }: Pair): readonly number[] {
  const bottom = a.shapes.get(anchor.bottoms[0]!)
  if (!bottom || kindOf(anchor) !== "Convolution") return []
  return slidingOf({ params: parseConvolution(anchor.message), bottoms: [bottom] }).pad
}
