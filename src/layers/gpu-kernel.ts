import { count } from "../net/index.js"
import type { Channels } from "./channels.js"

/** Where a kernel's argument comes from. */
export type GpuArgument =
  /** The data of bottom `index`. */
  | { readonly bottom: number }
  /** The result of an earlier kernel of the same layer. */
  | { readonly kernel: number }
  /**
   * Values known before the run (weights, tables): uploaded once. With `rounds` they are read as `name[i *
   * rounds + t]` alone, t a literal below `rounds`: a backend may then hold them as that many arrays with one
   * index.
   */
  | { readonly data: Float32Array; readonly rounds?: number }

/**
 * One generated gpu.js kernel: one thread per output value, every array indexed flat. Loop bounds and offsets
 * are literals: gpu.js silently stops other loops at 1,000 rounds. A thread's place is given as up to three
 * coordinates, because deriving them from one index needs a division, which shaders round.
 */
export interface GpuKernel {
  /** One to three extents of the output, innermost (x) first; their product is the number of values. */
  readonly output: readonly number[]
  readonly args: Readonly<Record<string, GpuArgument>>
  /**
   * Statements that return the value at the integers `x`, `y` and `z` (as many as `output` has extents).
   * JavaScript, except that `index i = …;` declares a whole number: gpu.js makes a float of an integer
   * `const` or `let`, which is slow to index with and inexact above 2^24, so every backend has a text of its
   * own for it.
   */
  readonly body: string
  /** Which top this kernel computes; absent for an intermediate result. */
  readonly top?: number
}

/**
 * One thread per element of a blob seen around an axis: the output extents and the expressions of its index
 * and channel.
 */
export function threadPerElement({ outer, channels, inner }: Channels): {
  readonly output: GpuKernel["output"]
  readonly at: string
  readonly channel: string
} {
  const output = inner === 1 ? [channels, outer] : [inner, channels, outer]
  return { output, at: elementAt(output), channel: inner === 1 ? "x" : "y" }
}

const AXES = ["x", "y", "z"]

/** The index of a thread's element: outputs are stored innermost axis first. */
export function elementAt(output: GpuKernel["output"]): string {
  return output.map((_, axis) => times(AXES[axis]!, count(output.slice(0, axis)))).join(" + ")
}

/**
 * Quotients of coordinates below this are exact on shaders too, whose division is within 2.5 units in the
 * last place.
 */
const DIVISIBLE = 2 ** 20

/**
 * The channel of a thread's element, where the output is a blob seen around an axis: the coordinates are the
 * digits of the element's index, and the channel is made of those between `inner` and `inner * channels`.
 *
 * @returns undefined where a digit is cut so that the channel cannot be told exactly
 */
export function channelAt(
  output: GpuKernel["output"],
  { outer, channels, inner }: Channels,
): string | undefined {
  const terms: string[] = []
  let below = 1
  for (const [axis, extent] of output.entries()) {
    const above = below * extent
    const from = Math.max(below, inner)
    const to = Math.min(above, inner * channels)
    if (from < to) {
      const digit = digitOf(AXES[axis]!, extent, from / below, to / below)
      if (digit === undefined) return undefined
      terms.push(times(digit, from / inner))
    }
    below = above
  }
  if (below !== outer * channels * inner) return undefined
  return terms.length > 0 ? terms.join(" + ") : "0"
}

/** floor(coordinate / from) mod (to / from). */
function digitOf(coordinate: string, extent: number, from: number, to: number): string | undefined {
  if (from === 1 && to === extent) return coordinate
  if (!Number.isInteger(from) || !Number.isInteger(to / from) || extent % to !== 0 || extent > DIVISIBLE)
    return undefined
  const over = (n: number) => (n === 1 ? coordinate : `Math.floor((${coordinate} + 0.5) / ${n})`)
  return to === extent ? over(from) : `(${over(from)} - ${times(over(to), to / from)})`
}

function times(term: string, factor: number): string {
  return factor === 1 ? term : `${term} * ${factor}`
}

/**
 * The most arrays one kernel reads: WebGPU promises eight storage buffers to a shader, and one is the output.
 * https://www.w3.org/TR/webgpu/#limits, maxStorageBuffersPerShaderStage.
 */
export const MAX_ARRAYS = 7

/**
 * Combines any number of bottoms with kernels that read at most seven arrays: `combine` makes the kernel of a
 * few arguments, each of which says which bottoms it stands for; results are carried from kernel to kernel.
 */
export function carry(
  bottoms: number,
  combine: (args: readonly { argument: GpuArgument; from: number; to: number }[]) => Omit<GpuKernel, "top">,
): GpuKernel[] {
  const kernels: GpuKernel[] = []
  for (let from = 0; from < bottoms; ) {
    const carried =
      kernels.length > 0 ? [{ argument: { kernel: kernels.length - 1 }, from: 0, to: from }] : []
    const to = Math.min(bottoms, from + MAX_ARRAYS - carried.length)
    const fresh = Array.from({ length: to - from }, (_, i) => ({
      argument: { bottom: from + i },
      from: from + i,
      to: from + i + 1,
    }))
    const kernel = combine([...carried, ...fresh])
    kernels.push(to === bottoms ? { ...kernel, top: 0 } : kernel)
    from = to
  }
  return kernels
}
