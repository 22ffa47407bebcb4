import type { Channels } from "./channels.js"

/** Where a kernel's argument comes from. */
export type GpuArgument =
  /** The data of bottom `index`. */
  | { readonly bottom: number }
  /** The result of an earlier kernel of the same layer. */
  | { readonly kernel: number }
  /** Values known before the run (weights, tables): uploaded once. */
  | { readonly data: Float32Array }

/**
 * One generated gpu.js kernel: one thread per output value, every array indexed flat. Loop bounds and offsets are literals:
 * gpu.js silently stops other loops at 1,000 rounds. A thread's place is given as up to three coordinates, because deriving
 * them from one index needs a division, which shaders round.
 */
export interface GpuKernel {
  /** One to three extents of the output, innermost (x) first; their product is the number of values. */
  readonly output: readonly number[]
  readonly args: Readonly<Record<string, GpuArgument>>
  /** Statements that return the value at the integers `x`, `y` and `z` (as many as `output` has extents). */
  readonly body: string
  /** Which top this kernel computes; absent for an intermediate result. */
  readonly top?: number
}

/** One thread per element of a blob seen around an axis: the output extents and the expressions of its index and channel. */
export function threadPerElement({ outer, channels, inner }: Channels): {
  readonly output: GpuKernel["output"]
  readonly at: string
  readonly channel: string
} {
  if (inner === 1) return { output: [channels, outer], at: `x + y * ${channels}`, channel: "x" }
  return { output: [inner, channels, outer], at: `x + y * ${inner} + z * ${inner * channels}`, channel: "y" }
}

/**
 * The most arrays one kernel reads: WebGPU promises eight storage buffers to a shader, and one is the output.
 * https://www.w3.org/TR/webgpu/#limits, maxStorageBuffersPerShaderStage.
 */
export const MAX_ARRAYS = 7

/**
 * Combines any number of bottoms with kernels that read at most seven arrays: `combine` makes the kernel of a few
 * arguments, each of which says which bottoms it stands for; results are carried from kernel to kernel.
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
