import { PrelabError } from "../../error.js"
import type { GpuBackend } from "./gpu-js.js"
import { sourceOf } from "./kernel-source.js"
import type { Program, Source } from "./program.js"
import type { Read, WrittenKernel, WrittenPlan } from "./written-plan.js"

/** A program in gpu.js's words, kernel by step, and its values that stay. */
export interface Written {
  readonly plan: WrittenPlan
  readonly data: readonly Float32Array[]
}

/** @throws PrelabError naming the layer whose blob no kernel of this backend can compute. */
export function writePlan(program: Program, backend: GpuBackend): Written {
  const data = new Map<Float32Array, number>()
  const readOf = (source: Source): Read => {
    if ("input" in source) return { input: source.input }
    if ("step" in source) return { kernel: source.step }
    const index = data.get(source.data) ?? data.size
    data.set(source.data, index)
    return { data: index }
  }
  const kernels = program.steps.map(({ layer, kernel, args }): WrittenKernel => {
    const text = sourceOf(kernel, backend)
    if (text) {
      const reads = Object.values(args).map(readOf)
      return { layer: layer.name, ...suited(backend, text.source, text.output), reads }
    }
    const size = `${kernel.output.join("x")} in layer ${layer.name}`
    throw new PrelabError("blob too large for this backend", size)
  })
  const sources = [...program.results.values()].map(({ source }) => source)
  const results = new Set(sources.flatMap((source) => ("step" in source ? [source.step] : [])))
  const inputs = program.inputs.map(({ size }) => size)
  return { plan: { backend, inputs, kernels, results: [...results] }, data: [...data.keys()] }
}

/** Every WebGL2 draws textures of so many texels a side. */
const MOST_TEXELS = 2048

/**
 * gpu.js's OpenGL backends make an output of two extents a texture with these sides, which may be too long;
 * one of three is laid out as it fits.
 */
function suited(backend: GpuBackend, source: string, output: readonly number[]) {
  if (backend !== "webgl2" && backend !== "headlessgl") return { source, output }
  const [width, height = 1, depth = 1] = output
  if (depth > 1 || Math.max(width!, height) <= MOST_TEXELS) return { source, output }
  return {
    source: source.replaceAll("this.thread.z", "0").replaceAll("this.thread.y", "this.thread.z"),
    output: [width!, 1, height],
  }
}
