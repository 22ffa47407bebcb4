import { parseConvolution, slidingOf } from "../layers/convolution.js"
import { callsOf, type NetCalls } from "../layers/index.js"
import { parseScale } from "../layers/scale.js"
import { type Blob, canonicalAxis, type Layer, type Message, type Net, type Value } from "../net/index.js"
import { ownSpec, specsOf } from "./wiring.js"

/** Layers that together compute max(x, 0) + a min(x, 0) as ReLU(x) - a ReLU(-x). */
export interface PReluComposition {
  /** The Eltwise that adds the two sides. */
  readonly sum: Layer
  /** x */
  readonly source: Value
  /** Every layer of it in running order, the sum last. */
  readonly layers: readonly Layer[]
  /** Blob 0 of the PReLU: [C], or no axes where one slope serves all channels. */
  readonly slopes: Blob
  /** The slopes' learning rates. */
  readonly spec: Message | undefined
}

/** A factor for every value, or one a channel; `undefined` while no weights are loaded. */
type Factor = number | Float32Array | undefined

/** The two sides as the graph has them, before any number is looked at. */
interface Sides {
  readonly sum: Layer
  readonly positive: Layer
  readonly negative: Layer
  /** Factors between x and the negative side's ReLU, and those behind it, from the bottom up. */
  readonly before: readonly Layer[]
  readonly behind: readonly Layer[]
  readonly source: Value
  /** Explicit Split layers that hand x on. */
  readonly tops: readonly Value[]
  /** Which bottom of the sum is the negative side. */
  readonly side: 0 | 1
}

/**
 * The PReLU that an Eltwise ends, whichever of its bottoms is the negative side, with factors as Scale, Power or 1x1 convolutions a channel,
 * with or without `coeff`, in place or not; or what is in the way of joining it. Undefined where the layers do not have this form at all.
 */
export function compositionOf(
  net: Net,
  sum: Layer,
  calls = callsOf(net),
): PReluComposition | string | undefined {
  const sides = sum.type === "Eltwise" ? sidesOf(net, sum, calls) : undefined
  if (!sides) return undefined
  const { positive, negative, before, behind, source, side } = sides
  const obstacle = obstacleIn(net, sides, calls)
  if (obstacle !== undefined) return obstacle
  const slopes = slopesOf(coefficients(sum, calls)[side]!, behind)
  if (typeof slopes === "string") return slopes
  const all = new Set([positive, negative, ...before, ...behind, sum])
  const [spec] = behind.flatMap(specsOf)
  return {
    sum,
    source,
    layers: net.layers.filter((layer) => all.has(layer)),
    slopes,
    spec: spec && Object.keys(ownSpec(spec)).length > 0 ? ownSpec(spec) : undefined,
  }
}

function sidesOf(net: Net, sum: Layer, calls: NetCalls): Sides | undefined {
  if (sum.bottoms.length !== 2 || sum.tops.length !== 1) return undefined
  for (const side of [1, 0] as const) {
    const positive = net.producer(sum.bottoms[1 - side]!)
    if (positive.type !== "ReLU") continue
    const source = originOf(net, positive.bottoms[0]!)
    const behind = factorsAbove(net, sum.bottoms[side]!, calls)
    const negative = net.producer(behind.value)
    if (negative.type !== "ReLU" || negative === positive) continue
    const before = factorsAbove(net, negative.bottoms[0]!, calls, source)
    if (originOf(net, before.value) !== source || before.layers.length === 0) continue
    const tops = [positive.bottoms[0]!, before.value]
    // Both read the same value: there is no need to look behind it.
    const shared = tops[0] === tops[1]
    return {
      sum,
      positive,
      negative,
      before: before.layers,
      behind: behind.layers,
      source: shared ? tops[0]! : source,
      tops: shared ? [] : tops.filter((value) => value !== source),
      side,
    }
  }
  return undefined
}

/** The value that explicit Split layers, as Caffe saves them, copy. */
function originOf(net: Net, value: Value): Value {
  const { type, bottoms } = net.producer(value)
  return type === "Split" ? originOf(net, bottoms[0]!) : value
}

/** The factors above a value, up to `source`. */
function factorsAbove(net: Net, from: Value, calls: NetCalls, source?: Value) {
  const layers: Layer[] = []
  let value = from
  while (source === undefined || originOf(net, value) !== source) {
    const layer = net.producer(value)
    if (!isFactor(layer, calls)) break
    layers.unshift(layer)
    value = layer.bottoms[0]!
  }
  return { layers, value }
}

/** Scale without bias over the channels or none, Power with a factor alone, 1x1 convolution with a group a channel. */
function isFactor({ type, bottoms, tops, message }: Layer, calls: NetCalls): boolean {
  if (bottoms.length !== 1 || tops.length !== 1) return false
  const shape = calls.shapes.get(bottoms[0]!)
  if (!shape) return false
  if (type === "Power") {
    const { power = 1, shift = 0, scale = 1 } = (message.power_param ?? {}) as Record<string, number>
    return power === 1 && shift === 0 && scale !== 0
  }
  if (type === "Scale") {
    const { axis, numAxes, biasTerm } = parseScale(message)
    const covered = numAxes === -1 ? shape.length - canonicalAxis(axis, shape.length) : numAxes
    return !biasTerm && (covered === 0 || (covered === 1 && canonicalAxis(axis, shape.length) === 1))
  }
  if (type !== "Convolution") return false
  const params = parseConvolution(message)
  if (params.biasTerm || canonicalAxis(params.axis, shape.length) !== 1) return false
  if (params.group !== shape[1] || params.numOutput !== shape[1]) return false
  const { kernel, stride, pad } = slidingOf({ params, bottoms: [shape] })
  return [...kernel, ...stride].every((extent) => extent === 1) && pad.every((extent) => extent === 0)
}

function factorOf({ type, message, blobs }: Layer): Factor {
  if (type === "Power") return Math.fround(Number((message.power_param as Message | undefined)?.scale ?? 1))
  const [blob] = blobs
  return blob?.shape.length === 0 ? blob.data[0]! : blob?.data
}

function coefficients(sum: Layer, { calls }: NetCalls): readonly number[] {
  return (calls.get(sum)!.call.params as { coeff: readonly number[] }).coeff
}

/** What in the graph or in its numbers makes it something else than a PReLU, or keeps one of its layers needed. */
function obstacleIn(net: Net, sides: Sides, calls: NetCalls): string | undefined {
  const { sum, positive, negative, before, behind, tops, side } = sides
  for (const layer of [sum, ...before, ...behind]) {
    const problem = calls.problems.get(layer)
    if (problem) return problem.message
  }
  const { operation } = calls.calls.get(sum)!.call.params as { operation: string }
  if (operation !== "SUM") return `its operation is ${operation}, not SUM`
  for (const relu of [positive, negative]) {
    const { negativeSlope } = calls.calls.get(relu)!.call.params as { negativeSlope: number }
    if (negativeSlope !== 0) return `${relu.name} (ReLU) is leaky: its negative_slope is ${negativeSlope}`
  }
  const inner = [positive, negative, ...before, ...behind]
  for (const layer of inner) {
    const [reader] = net.consumers(layer.tops[0]!).filter((each) => each !== sum && !inner.includes(each))
    if (reader)
      return `${reader.name} (${reader.type}) also reads ${layer.tops[0]!.blob}, the output of ${layer.name}`
  }
  const top = tops.find((value) => net.consumers(value).length > 1)
  if (top) return `${top.blob}, a copy of ${sides.source.blob}, has other readers`
  const unit = coefficients(sum, calls)[1 - side]!
  if (unit !== 1) return `its coefficient of the positive side is ${unit}, not 1`
  const turned = product(1, before)
  const wrong = [turned].flat().find((factor) => factor !== -1)
  if (wrong !== undefined)
    return `${before.map(({ name }) => name).join(" and ")} multiply by ${wrong}, not -1`
  if (calls.shapes.get(sides.source)!.length < 2) return `${sides.source.blob} has no channel axis`
  return undefined
}

/** The product of scalar and per-channel factors, in double. */
function product(first: number, layers: readonly Layer[]): number | number[] {
  let result: number | number[] = first
  for (const layer of layers) {
    const factor = factorOf(layer)!
    if (typeof factor === "number") {
      result = typeof result === "number" ? result * factor : result.map((each) => each * factor)
    } else {
      const so: number | number[] = result
      result = Array.from(factor, (each, c) => each * (typeof so === "number" ? so : so[c]!))
    }
  }
  return result
}

/** The slopes, where float32 holds every product exactly. */
function slopesOf(coefficient: number, behind: readonly Layer[]): Blob | string {
  const factors = product(coefficient, behind)
  const shared = typeof factors === "number"
  const slopes = [factors].flat().map((factor) => -factor)
  const inexact = slopes.find((slope) => !Object.is(Math.fround(slope), slope))
  if (inexact !== undefined) return `its slope ${inexact} is a product that float32 does not hold exactly`
  return { shape: shared ? [] : [slopes.length], data: Float32Array.from(slopes) }
}
