import { PrelabError } from "../../error.js"
import type { GpuBackend } from "./gpu-js.js"
import { type KernelSource, sourceOf } from "./kernel-source.js"
import type { Program, Source } from "./program.js"
import type { Read, WrittenKernel, WrittenPlan } from "./written-plan.js"

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
    const kernel = kernels.push({ layer, ...suited(backend, source, output), reads }) - 1
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

/** Every WebGL2 draws textures of so many texels a side. */
const MOST_TEXELS = 2048

/**
 * What gpu.js's OpenGL backends need otherwise. `| 0` tells gpu.js that a value of a table is an integer: shaders need not be
 * told there, and gpu.js's `|` for them is a loop over bits that is wrong below zero (-1 | 0 is 0). An output of two extents
 * becomes a texture with these sides, which may be too long; one of three is laid out as it fits.
 */
function suited(backend: GpuBackend, source: string, output: readonly number[]) {
  if (backend !== "webgl2" && backend !== "headlessgl") return { source, output }
  const plain = source.replaceAll(/ \| 0\b/g, "")
  const [width, height = 1, depth = 1] = output
  if (depth > 1 || Math.max(width!, height) <= MOST_TEXELS) return { source: plain, output }
  return {
    source: plain.replaceAll("this.thread.z", "0").replaceAll("this.thread.y", "this.thread.z"),
    output: [width!, 1, height],
  }
}
