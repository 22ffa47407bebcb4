/** Where a kernel's argument comes from. */
export type GpuArgument =
  /** The data of bottom `index`. */
  | { readonly bottom: number }
  /** The result of an earlier kernel of the same layer. */
  | { readonly kernel: number }
  /** Values known before the run (weights, tables): uploaded once. */
  | { readonly data: Float32Array }

/**
 * One generated gpu.js kernel: `function (a, b, …) { … this.thread.x … return value }` over a flat output.
 * Loop bounds and offsets are literals, indexing is flat: gpu.js silently stops other loops at 1,000 rounds.
 */
export interface GpuKernel {
  readonly source: string
  /** Number of float32 values, one a thread. */
  readonly size: number
  readonly args: readonly GpuArgument[]
  /** Which top this kernel computes; absent for an intermediate result. */
  readonly top?: number
}
