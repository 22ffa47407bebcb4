import type { NetCalls } from "../layers/index.js"
import { type Blob, count, type Shape } from "../net/index.js"
import { gaussian, uniform } from "./random.js"

/** One set of inputs by blob name, chosen to find faults. */
export interface Probe {
  readonly name: string
  readonly inputs: Readonly<Record<string, Blob>>
}

type Draw = (shape: Shape, random: () => number) => Float32Array

/** The most telling first: a large net runs the head of the list alone. */
const draws: Readonly<Record<string, Draw>> = {
  // Signed, of the size of an image minus its mean.
  image: (shape, random) => fill(shape, () => 256 * random() - 128),
  // One non-zero number a channel: every output sees few weights, so that one wrong weight is not lost in a sum.
  impulses,
  // Most numbers small, one in twenty ten thousand times larger: sums that cancel.
  mixed(shape, random) {
    const normal = gaussian(random)
    return fill(shape, () => normal() * (random() < 0.05 ? 1e4 : 1))
  },
  // Zero inside, so that only padding and clipped windows matter.
  borders,
  normal: (shape, random) => fill(shape, gaussian(random)),
  zeros: (shape) => new Float32Array(count(shape)),
  negative: (shape, random) => fill(shape, () => -random()),
  large(shape, random) {
    const normal = gaussian(random)
    return fill(shape, () => 1e6 * normal())
  },
  tiny(shape, random) {
    const normal = gaussian(random)
    return fill(shape, () => 1e-6 * normal())
  },
}

/** From so many multiplications a forward pass on, a comparison makes do with few passes. */
const LARGE = 1e8

export function isLarge({ calls }: NetCalls): boolean {
  let macs = 0
  for (const { type, call } of calls.values()) macs += type.macs?.(call) ?? 0
  return macs >= LARGE
}

/** Probes for inputs of these shapes, two of them for a large net. The same seed gives the same numbers. */
export function probesFor(shapes: Readonly<Record<string, Shape>>, large: boolean, seed: number): Probe[] {
  const chosen = Object.entries(draws).slice(0, large ? 2 : undefined)
  return chosen.map(([name, draw], i) => {
    const random = uniform(seed * 1000 + i)
    const inputs = Object.entries(shapes).map(([blob, shape]) => [blob, { shape, data: draw(shape, random) }])
    return { name, inputs: Object.fromEntries(inputs) }
  })
}

function fill(shape: Shape, next: () => number): Float32Array {
  return new Float32Array(count(shape)).map(next)
}

/** One impulse in every image and channel, each somewhere else; a vector gets one number in eight. */
function impulses(shape: Shape, random: () => number): Float32Array {
  const data = new Float32Array(count(shape))
  const plane = shape.length > 2 ? count(shape, 2) : 8
  for (let from = 0; from < data.length; from += plane) {
    const to = Math.min(from + plane, data.length)
    data[from + Math.floor(random() * (to - from))] = (random() < 0.5 ? -100 : 100) * (1 + random())
  }
  return data
}

function borders(shape: Shape, random: () => number): Float32Array {
  const normal = gaussian(random)
  const spatial = shape.slice(2)
  return fill(shape, normal).map((value, i) => {
    let rest = i
    for (let axis = spatial.length - 1; axis >= 0; axis--) {
      const at = rest % spatial[axis]!
      if (at === 0 || at === spatial[axis]! - 1) return 100 * value
      rest = Math.floor(rest / spatial[axis]!)
    }
    return spatial.length === 0 ? value : 0
  })
}

/**
 * The data with all but about one number in `every` set to zero. Sums then have few terms, so a rounding bound stays close to each single
 * product, and what kept its sign range (the output of a ReLU) keeps it.
 */
export function thinned(data: Float32Array, every: number, seed: number): Float32Array {
  const random = uniform(seed)
  return data.map((value) => (random() * every < 1 ? value : 0))
}
