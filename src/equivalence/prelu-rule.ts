import { parseConvolution, slidingOf } from "../layers/convolution.js"
import { type NetCalls, U } from "../layers/index.js"
import { parseScale } from "../layers/scale.js"
import { canonicalAxis, type Layer, type Shape, sameShape, type Value } from "../net/index.js"
import { dropoutFactor } from "./dropout-factor.js"
import type { Derivation } from "./fold-rule.js"

/**
 * A value as a function of the piece's one bottom x, channel by channel: `above` x where x > 0, `below` x where x < 0. ReLU, PReLU,
 * factors and sums of such values have this form and no other constants, so that two pieces of this form are equal if and only if
 * these numbers are.
 */
interface Rays {
  readonly above: Float64Array
  readonly below: Float64Array
}

/** What one layer makes of its bottoms' rays; undefined where it is not of this form. */
type Step = (bottoms: readonly Rays[], layer: Layer, calls: NetCalls) => Rays | undefined

/** Every type of the form. Parameters are read from the layers' own calls: Caffe's formulas (prelu_layer.cpp, scale_layer.cpp, …). */
const steps: Readonly<Record<string, Step>> = {
  Split: ([x]) => x,
  Dropout: ([x], layer, calls) => constantTimes(x!, layer, calls),
  Python: ([x], layer, calls) => constantTimes(x!, layer, calls),
  ReLU: ([x], layer, calls) => {
    const { negativeSlope } = paramsOf<{ negativeSlope: number }>(calls, layer)
    return bent(x!, () => negativeSlope)
  },
  PReLU: ([x], { blobs: [slopes] }) => {
    return bent(x!, slopes!.shape.length === 0 ? () => slopes!.data[0]! : (c) => slopes!.data[c]!)
  },
  Power: ([x], layer, calls) => {
    const { power, scale, shift } = paramsOf<{ power: number; scale: number; shift: number }>(calls, layer)
    return power === 1 && shift === 0 && scale !== 0 ? times(x!, () => scale) : undefined
  },
  Scale: (bottoms, layer, calls) => {
    const { axis, biasTerm } = parseScale(layer.message)
    const { shape, data } = layer.blobs[0] ?? { shape: [], data: new Float32Array() }
    if (biasTerm || bottoms.length !== 1 || data.length === 0) return undefined
    if (data.length === 1) return times(bottoms[0]!, () => data[0]!)
    const axes = calls.shapes.get(layer.bottoms[0]!)!.length
    return shape.length === 1 && canonicalAxis(axis, axes) === 1
      ? times(bottoms[0]!, (c) => data[c]!)
      : undefined
  },
  Convolution: ([x, ...more], layer, calls) => {
    const params = parseConvolution(layer.message)
    const bottom = calls.shapes.get(layer.bottoms[0]!)!
    const { axis, kernel, stride, pad } = slidingOf({ params, bottoms: [bottom] })
    const one = [...kernel, ...stride].every((extent) => extent === 1) && pad.every((extent) => extent === 0)
    const channels = bottom[1]
    if (!one || axis !== 1 || more.length > 0 || params.biasTerm) return undefined
    if (params.group !== channels || params.numOutput !== channels) return undefined
    return times(x!, (c) => layer.blobs[0]!.data[c]!)
  },
  Eltwise: (bottoms, layer, calls) => {
    const { operation, coeff } = paramsOf<{ operation: string; coeff: readonly number[] }>(calls, layer)
    if (operation !== "SUM") return undefined
    const sum = (of: keyof Rays) =>
      bottoms[0]![of].map((_, c) => bottoms.reduce((total, rays, b) => total + coeff[b]! * rays[of][c]!, 0))
    return { above: sum("above"), below: sum("below") }
  },
}

function paramsOf<P>({ calls }: NetCalls, layer: Layer): P {
  return calls.get(layer)!.call.params as P
}

function constantTimes(x: Rays, layer: Layer, calls: NetCalls): Rays | undefined {
  const factor = dropoutFactor(calls, layer)
  return factor === undefined ? undefined : times(x, () => factor)
}

function times({ above, below }: Rays, factor: (channel: number) => number): Rays {
  return {
    above: above.map((slope, c) => slope * factor(c)),
    below: below.map((slope, c) => slope * factor(c)),
  }
}

/** max(v, 0) + a min(v, 0) of v = above x or below x: which of the two acts depends on the sign that v has there. */
function bent({ above, below }: Rays, slope: (channel: number) => number): Rays {
  return {
    above: above.map((v, c) => (v >= 0 ? v : slope(c) * v)),
    below: below.map((v, c) => (v <= 0 ? v : slope(c) * v)),
  }
}

/**
 * Derives what both sides make of x above and below zero, PReLU against its composition of ReLU, factors and a sum, whichever way round:
 * with Scale, Power or a 1x1 convolution a channel, with or without `coeff`, wired in any order. Holds when the numbers are the same ones.
 *
 * @returns undefined when a side is not of this form
 */
export function deriveRays(
  a: NetCalls,
  layers: readonly Layer[],
  b: NetCalls,
  others: readonly Layer[],
): (Derivation & { readonly exact: true }) | undefined {
  const [mine, theirs] = [raysOf(a, layers), raysOf(b, others)]
  if (!mine || !theirs) return undefined
  const layer = others.findLast(({ blobs }) => blobs.length > 0) ?? others.at(-1)!
  let roundings = 0
  let worst: Derivation["worst"]
  for (const side of ["above", "below"] as const) {
    mine[side].forEach((derived, index) => {
      const stored = theirs[side][index]!
      // NaN in both is the same slope.
      const distance = Object.is(derived, stored) ? 0 : Math.abs(stored - derived) / (U * Math.abs(derived))
      const away = derived === stored ? 0 : Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
      if (away <= roundings) return
      roundings = away
      worst = { layer: layer.name, blob: 0, index, stored, derived }
    })
  }
  const { length } = mine.above
  return {
    rule: "slopes above and below zero",
    layer,
    conditions: [
      { condition: "both sides read one value and make one", holds: true },
      { condition: "every step bends at zero, multiplies or adds", holds: true },
    ],
    parameters: 2 * length,
    roundings,
    exact: true,
    ...(worst ? { worst } : {}),
  }
}

function raysOf(calls: NetCalls, layers: readonly Layer[]): Rays | undefined {
  const made = new Set(layers.flatMap(({ tops }) => tops))
  const sources = new Set(layers.flatMap(({ bottoms }) => bottoms).filter((value) => !made.has(value)))
  const [x] = sources
  if (!x || sources.size !== 1) return undefined
  const shape = calls.shapes.get(x)!
  // Without a second axis there are no channels.
  const channels = shape.length > 1 ? shape[1]! : 1
  const one = new Float64Array(channels).fill(1)
  const rays = new Map<Value, Rays>([[x, { above: one, below: one }]])
  for (const layer of layers) {
    const step = Object.hasOwn(steps, layer.type) ? steps[layer.type] : undefined
    const bottoms = layer.bottoms.map((value) => rays.get(value)!)
    const result = isKeptIn(calls, layer, shape) ? step?.(bottoms, layer, calls) : undefined
    if (!result) return undefined
    for (const top of layer.tops) rays.set(top, result)
  }
  return rays.get(layers.at(-1)!.tops[0]!)
}

function isKeptIn({ shapes }: NetCalls, { tops }: Layer, shape: Shape): boolean {
  return tops.every((top) => sameShape(shapes.get(top)!, shape))
}
