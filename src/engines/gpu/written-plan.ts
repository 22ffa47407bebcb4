import { PrelabError } from "../../error.js"
import { count } from "../../net/index.js"
import type { GpuBackend } from "./gpu-js.js"
import { type KernelSource, sourceOf } from "./kernel-source.js"
import type { Program, Source } from "./program.js"

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
 * A program written out for one backend: plain values that JSON carries to a page or a worker, where the same code runs it
 * as here. The values that stay (weights, tables) travel beside it as binary.
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

/** A program in gpu.js's words, its values that stay, and the kernel that each of its steps became. */
export interface Written {
  readonly plan: WrittenPlan
  readonly data: readonly Float32Array[]
  readonly kernelOf: readonly number[]
}

/** @throws PrelabError naming the layer whose blob no kernel of this backend can compute. */
export function writePlan(program: Program, backend: GpuBackend): Written {
  const data = new Map<Float32Array, number>()
  const kernels: WrittenKernel[] = []
  const kernelOf: number[] = []
  const readOf = (source: Source): Read => {
    if ("input" in source) return { input: source.input }
    if ("step" in source) return { kernel: kernelOf[source.step]! }
    const index = data.get(source.data) ?? data.size
    data.set(source.data, index)
    return { data: index }
  }
  const add = (layer: string, { source, output, cut }: KernelSource, reads: readonly Read[]): number => {
    const kernel = kernels.push({ layer, source, output, reads }) - 1
    return cut ? add(layer, cut, [{ kernel }]) : kernel
  }
  for (const { layer, kernel, args } of program.steps) {
    const text = sourceOf(kernel, backend)
    if (!text) {
      const size = `${kernel.output.join("x")} in layer ${layer.name}`
      throw new PrelabError("blob too large for this backend", size)
    }
    kernelOf.push(add(layer.name, text, Object.values(args).map(readOf)))
  }
  const sources = [...program.results.values()].map(({ source }) => source)
  const results = new Set(sources.flatMap((source) => ("step" in source ? [kernelOf[source.step]!] : [])))
  const inputs = program.inputs.map(({ size }) => size)
  return { plan: { backend, inputs, kernels, results: [...results] }, data: [...data.keys()], kernelOf }
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
