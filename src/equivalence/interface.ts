import type { NetCalls } from "../layers/index.js"
import { formatShape, type Net, sameShape } from "../net/index.js"
import type { Shared } from "./correspond.js"

/** Why two nets cannot be laid side by side: an input or output that only one of them has. */
export function namesMismatch(a: Net, b: Net): string | undefined {
  for (const kind of ["input", "output"] as const) {
    const [mine, theirs] = [a, b].map((net) => net[`${kind}s`].map(({ blob }) => blob)) as [
      string[],
      string[],
    ]
    const missing = mine.find((blob) => !theirs.includes(blob))
    if (missing !== undefined) return `not comparable: the second net has no ${kind} ${missing}`
    const extra = theirs.find((blob) => !mine.includes(blob))
    if (extra !== undefined) return `not comparable: the first net has no ${kind} ${extra}`
  }
  return undefined
}

/** The same for the shapes of outputs, inputs being of one shape. */
export function shapesMismatch(a: NetCalls, b: NetCalls): string | undefined {
  for (const pair of outputPairs(a.net, b.net)) {
    const [mine, theirs] = [a.shapes.get(pair.a)!, b.shapes.get(pair.b)!]
    if (sameShape(mine, theirs)) continue
    return `not comparable: output ${pair.a.blob} is ${formatShape(mine)} and ${formatShape(theirs)}`
  }
  return undefined
}

/** Outputs by name; both nets have the same ones. */
export function outputPairs(a: Net, b: Net): Shared[] {
  return a.outputs.map((value) => ({ a: value, b: b.outputs.find(({ blob }) => blob === value.blob)! }))
}
