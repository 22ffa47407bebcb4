import { callsOf, gamma } from "../../src/layers/index.js"
import { type Blob, count, inputLayer, type Layer, makeValue, Net, type Shape } from "../../src/net/index.js"
import { generator } from "../engines/gpu/one-layer.js"

export interface Checked {
  readonly type: string
  readonly message?: Layer["message"]
  /**
   * Shapes of the bottoms, "image" for one that is drawn; values that are not to be drawn, labels and the
   * like, as blobs.
   */
  readonly bottoms: readonly (Shape | "image" | Blob)[]
  readonly tops?: number
  /** Values are drawn between these. */
  readonly range?: readonly [number, number]
  /** How far, relative to it, Caffe's own gradient is from that of its forward pass. */
  readonly off?: number
}

/** Steps and values are multiples of a power of two, so that value + step is exact in float32. */
const GRID = 2 ** -14
const STEP = 2 ** -8

/**
 * Different values in a range, evenly spread in random order, so that no two come closer than two steps and
 * none is closer than one to the middle: no step crosses a kink.
 */
function spread(length: number, [low, high]: readonly [number, number], random: () => number): Float32Array {
  const places = Float64Array.from({ length }, random)
  const order = [...places.keys()].sort((a, b) => places[a]! - places[b]!)
  const width = (high - low) / length
  return Float32Array.from(order, (place) => Math.round((low + (place + 0.5) * width) / GRID) * GRID)
}

/** The layer of one call, with values for its bottoms and blobs. */
function prepare(checked: Checked, seed: string) {
  const { type: name, message = {}, tops = 1, range = [-2, 2] } = checked
  const random = generator(`${name} ${JSON.stringify(message)} ${seed}`)
  const image = [1 + Math.floor(random() * 2), 4, 3 + Math.floor(random() * 3), 3 + Math.floor(random() * 3)]
  const bottoms = checked.bottoms.map((bottom) => (bottom === "image" ? image : bottom))
  const shapes = bottoms.map((bottom) => ("data" in bottom ? bottom.shape : bottom))
  const values = shapes.map((_, i) => makeValue(`bottom${i}`))
  const inputs = values.map((value, i) => inputLayer(value.blob, [value], [shapes[i]!]))
  const made = Array.from({ length: tops }, (_, i) => makeValue(`top${i}`))
  const layer: Layer = { name: "checked", type: name, bottoms: values, tops: made, message, blobs: [] }
  const known = callsOf(new Net({ name: "one", layers: [...inputs, layer] }), {}, { weights: "later" })
  const problem = known.problems.get(layer)
  if (problem) throw problem
  const { type, call } = known.calls.get(layer)!
  const blobShapes = type.blobShapes?.(call) ?? []
  const lengths = bottoms.map((bottom) => ("data" in bottom ? 0 : count(bottom)))
  const drawn = spread(
    lengths.reduce((sum, n) => sum + n, 0),
    range,
    random,
  )
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, n) => sum + n, 0))
  const data = bottoms.map((bottom, i) =>
    "data" in bottom ? bottom.data : drawn.slice(starts[i]!, starts[i]! + lengths[i]!),
  )
  const blobs = blobShapes.map((shape) => ({ shape, data: spread(count(shape), [-1, 1], random) }))
  return { type, call: { ...call, blobs, layer: { ...layer, blobs } }, data, random }
}

export interface Gap {
  readonly of: string
  readonly off: number
  readonly bound: number
}

/**
 * Compares the backward pass with differences of the forward pass, one for each bottom and blob, along a
 * random direction v: with f = sum of top diffs times tops, D(h) = f(x + h v) - f(x - h v) is 2 h times the
 * derivative, plus c h^3. The bound of the gap is made of what the forward passes round, as the layer's own
 * bound has it, and of c h^3, found from twice the step: D(2 h) - 2 D(h) is 6 c h^3. The diffs round a few
 * times themselves, in steps no larger than they and a top's diff, below 1, together.
 */
export function gradientGaps(checked: Checked, seed: string): Gap[] {
  const { type, call, data, random } = prepare(checked, seed)
  const tops = type.forward(call, data)
  const topDiffs = tops.map((top) => Float32Array.from(top, () => random() * 2 - 1))
  const bottomsWanted = checked.bottoms.map((bottom) => typeof bottom === "string" || !("data" in bottom))
  const { bottomDiffs, blobDiffs = [] } = type.backward!(call, {
    bottoms: data,
    tops,
    topDiffs,
    propagateDown: bottomsWanted,
    paramPropagateDown: call.blobs.map(() => true),
  })
  const evaluate = (bottoms: readonly Float32Array[], blobs: readonly Blob[]) => {
    const moved = { ...call, blobs, layer: { ...call.layer, blobs } }
    const results = type.forward(moved, bottoms)
    const exact = bottoms.map(({ length }) => new Float64Array(length))
    const bounds = type.bound(moved, bottoms, results, exact)
    let [value, rounding] = [0, 0]
    results.forEach((result, t) => {
      result.forEach((y, i) => {
        value += topDiffs[t]![i]! * y
        rounding += Math.abs(topDiffs[t]![i]!) * bounds[t]![i]!
      })
    })
    return { value, rounding }
  }
  const gapOf = (
    of: string,
    x: Float32Array,
    diff: Float32Array,
    at: (moved: Float32Array) => ReturnType<typeof evaluate>,
  ): Gap => {
    const direction = x.map(() => (random() < 0.5 ? -1 : 1) * (random() < 0.5 ? 1 : 0.5))
    const difference = (step: number) => {
      const [ahead, behind] = [step, -step].map((by) => at(x.map((v, i) => v + by * direction[i]!)))
      return { value: ahead!.value - behind!.value, rounding: ahead!.rounding + behind!.rounding }
    }
    const [once, twice] = [difference(STEP), difference(2 * STEP)]
    const predicted = diff.reduce((sum, d, i) => sum + d * direction[i]!, 0) * 2 * STEP
    const own = diff.reduce((sum, d, i) => sum + (Math.abs(d) + 1) * Math.abs(direction[i]!), 0) * 2 * STEP
    const cubic = Math.abs(twice.value - 2 * once.value) / 6
    return {
      of,
      off: Math.abs(once.value - predicted),
      bound:
        2 * cubic +
        twice.rounding +
        2 * once.rounding +
        gamma(8) * own +
        (checked.off ?? 0) * Math.abs(predicted),
    }
  }
  const gaps = bottomsWanted.map((wanted, b) =>
    wanted
      ? [
          gapOf(`bottom ${b}`, data[b]!, bottomDiffs[b]!, (moved) =>
            evaluate(data.with(b, moved), call.blobs),
          ),
        ]
      : [],
  )
  const ofBlobs = call.blobs.map(({ shape, data: values }, b) =>
    blobDiffs[b]
      ? [
          gapOf(`blob ${b}`, values, blobDiffs[b], (moved) =>
            evaluate(data, call.blobs.with(b, { shape, data: moved })),
          ),
        ]
      : [],
  )
  return [...gaps, ...ofBlobs].flat()
}
