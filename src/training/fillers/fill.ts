import { PrelabError } from "../../error.js"
import { count, formatShape, type Message, nearest, type Shape } from "../../net/index.js"
import { gaussian } from "./random.js"

/** FillerParameter with its defaults. */
interface Filler {
  readonly type: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly std: number
  readonly sparse: number
  readonly variance_norm: "FAN_IN" | "FAN_OUT" | "AVERAGE"
}

export interface FillOptions {
  /** Uniform numbers in [0, 1). */
  readonly random: () => number
  /** The slope a of the activation before the layer: msra's gain becomes sqrt(2 / (1 + a^2)). 0, Caffe's, unless told. */
  readonly slope?: number
}

type Fill = (shape: Shape, filler: Filler, options: FillOptions) => Float32Array

function drawn(shape: Shape, next: () => number): Float32Array {
  return Float32Array.from({ length: count(shape) }, next)
}

/**
 * The first values of a parameter blob: filler.hpp. The distributions are Caffe's, the numbers drawn from them are not. xavier is uniform in
 * +-sqrt(3 / n) (Glorot and Bengio 2010), msra normal with deviation sqrt(2 / ((1 + a^2) n)) (He et al. 2015, equation 15); n is the
 * fan-in, the fan-out or their average.
 *
 * @throws PrelabError for a filler that Caffe does not have, or a shape that it does not fill
 */
export function fill(shape: Shape, message: Message, options: FillOptions): Float32Array {
  const filler: Filler = {
    type: "constant",
    value: 0,
    min: 0,
    max: 1,
    mean: 0,
    std: 1,
    sparse: -1,
    variance_norm: "FAN_IN",
    ...message,
  }
  if (!Object.hasOwn(fills, filler.type)) {
    const hint = nearest(filler.type, Object.keys(fills)) ?? Object.keys(fills).join(", ")
    throw new PrelabError("unknown filler", filler.type, { hint: `did you mean ${hint}?` })
  }
  return fills[filler.type]!(shape, filler, options)
}

const fills: Readonly<Record<string, Fill>> = {
  constant: (shape, { value }) => drawn(shape, () => value),

  uniform: (shape, { min, max }, { random }) => drawn(shape, () => min + (max - min) * random()),

  gaussian(shape, { mean, std, sparse }, { random }) {
    const normal = gaussian(random)
    if (sparse < 0) return drawn(shape, () => mean + std * normal())
    const kept = sparse / shape[0]!
    return drawn(shape, () => {
      const value = mean + std * normal()
      return random() < kept ? value : 0
    })
  },

  /** Each output's weights are positive and their sum is 1. */
  positive_unitball(shape, _filler, { random }) {
    const data = drawn(shape, random)
    const row = data.length / shape[0]!
    for (let from = 0; from < data.length; from += row) {
      const weights = data.subarray(from, from + row)
      const sum = weights.reduce((total, weight) => total + weight, 0)
      weights.forEach((weight, i) => {
        weights[i] = weight / sum
      })
    }
    return data
  },

  xavier(shape, { variance_norm }, { random }) {
    const limit = Math.sqrt(3 / fanOf(shape, variance_norm))
    return drawn(shape, () => limit * (2 * random() - 1))
  },

  msra(shape, { variance_norm }, { random, slope = 0 }) {
    const normal = gaussian(random)
    const std = Math.sqrt(2 / ((1 + slope * slope) * fanOf(shape, variance_norm)))
    return drawn(shape, () => std * normal())
  },

  /** The kernel that enlarges an image linearly, in every channel. */
  bilinear(shape) {
    const [, , height, width] = shape as [number, number, number, number]
    if (shape.length !== 4 || height !== width)
      throw new PrelabError("bilinear filler needs square kernels", formatShape(shape))
    const half = Math.ceil(width / 2)
    const centre = (width - 1) / (2 * half)
    let i = 0
    return drawn(shape, () => {
      const [x, y] = [i % width, Math.floor(i / width) % height]
      i++
      return (1 - Math.abs(x / half - centre)) * (1 - Math.abs(y / half - centre))
    })
  },
}

function fanOf(shape: Shape, norm: Filler["variance_norm"]): number {
  const fanIn = count(shape) / (shape[0] ?? 1)
  const fanOut = shape.length > 1 ? count(shape) / shape[1]! : count(shape)
  return norm === "FAN_IN" ? fanIn : norm === "FAN_OUT" ? fanOut : (fanIn + fanOut) / 2
}
