import { count } from "../../net/index.js"
import type { GpuBackend } from "./gpu-js.js"

/** Where a kernel's argument comes from: an input of the plan, an earlier kernel, or values that stay. */
export type Read = { readonly input: number } | { readonly kernel: number } | { readonly data: number }

/** One kernel as gpu.js takes it. */
export interface WrittenKernel {
  /** The layer that an error names. */
  readonly layer: string
  readonly source: string
  readonly output: readonly number[]
  readonly reads: readonly Read[]
}

/**
 * A program written out for one backend: plain values that JSON carries to a page or a worker, where the same
 * code runs it as here. The values that stay (weights, tables) travel beside it as binary.
 */
export interface WrittenPlan {
  readonly backend: GpuBackend
  /** How many values each input has. */
  readonly inputs: readonly number[]
  /** In running order. */
  readonly kernels: readonly WrittenKernel[]
  /** The kernels whose results are read back, once each. */
  readonly results: readonly number[]
}

/** How many values a kernel computes. */
export function kernelSize({ output }: WrittenKernel): number {
  return count(output)
}

/** One kernel as a plan of its own: what earlier kernels would give it becomes inputs. */
export function kernelAlone(plan: WrittenPlan, kernel: WrittenKernel): WrittenPlan {
  const inputs: number[] = []
  const reads = kernel.reads.map((read): Read => {
    if ("data" in read) return read
    const size = "input" in read ? plan.inputs[read.input]! : kernelSize(plan.kernels[read.kernel]!)
    return { input: inputs.push(size) - 1 }
  })
  return { backend: plan.backend, inputs, kernels: [{ ...kernel, reads }], results: [0] }
}
