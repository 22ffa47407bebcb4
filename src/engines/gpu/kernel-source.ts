import type { GpuBackend } from "./gpu-js.js"
import { withIndices } from "./indices.js"
import type { Step } from "./program.js"

type Kernel = Step["kernel"]

export interface KernelSource {
  readonly source: string
  readonly output: readonly number[]
}

/**
 * Threads along one axis of a dispatch: 65,535 workgroups (the limit every WebGPU device has) of the 8 that
 * gpu.js uses.
 */
const MAX_THREADS = 65_535 * 8

/**
 * The text of a gpu.js function for one backend.
 *
 * `cpu` hands results on as nested arrays, so there the output is flat and the coordinates are computed (in
 * doubles, exactly). The other backends store flat whatever the extents are. On `webgpu` an axis of more
 * threads than one dispatch takes is folded into the next one.
 *
 * What bounds a convolution, wherever it runs, is that a thread returns one value: every product loads both
 * its factors.
 *
 * | backend  | beside that                                                                                            |
 * | -------- | ------------------------------------------------------------------------------------------------------ |
 * | `webasm` | SIMD lanes are loaded one by one; two instructions make an address; no memory is shared by threads      |
 * | `cpu`    | one JavaScript thread, one product at a time, each factor made a double of a float                      |
 * | `webgpu` | no workgroup memory: neighbours meet in the cache only                                                  |
 *
 * @returns undefined when an axis is too long and cannot be folded evenly
 */
export function sourceOf(kernel: Kernel, backend: GpuBackend): KernelSource | undefined {
  const extents = kernel.output
  const { output, prologue } =
    backend === "cpu"
      ? flat(extents)
      : backend === "webgpu" && extents[0]! > MAX_THREADS
        ? folded(extents)
        : direct(extents)
  if (output === undefined) return undefined
  return { source: textOf(kernel, prologue, backend), output }
}

function textOf(kernel: Kernel, prologue: string, backend: GpuBackend): string {
  const body = withIndices(`${prologue}\n${kernel.body}`, backend)
  return `function (${Object.keys(kernel.args).join(", ")}) {\n${body}\n}`
}

interface Threads {
  readonly output: readonly number[] | undefined
  readonly prologue: string
}

const AXES = ["x", "y", "z"]

function direct(extents: readonly number[]): Threads {
  return {
    output: extents,
    prologue: extents.map((_, i) => `index ${AXES[i]} = this.thread.${AXES[i]};`).join("\n"),
  }
}

function flat(extents: readonly number[]): Threads {
  const [width, height] = extents as [number, number?]
  const row = `Math.floor(this.thread.x / ${width})`
  const lines =
    extents.length === 1
      ? ["index x = this.thread.x;"]
      : extents.length === 2
        ? [`index x = this.thread.x % ${width};`, `index y = ${row};`]
        : [
            `index x = this.thread.x % ${width};`,
            `index y = ${row} % ${height};`,
            `index z = Math.floor(this.thread.x / ${width * height!});`,
          ]
  return { output: [extents.reduce((product, extent) => product * extent, 1)], prologue: lines.join("\n") }
}

/** Folds x into y: a flat output needs no help (gpu.js splits it), else x must divide evenly. */
function folded(extents: readonly number[]): Threads {
  if (extents.length === 1) return direct(extents)
  const [width, height, ...rest] = extents as [number, number, ...number[]]
  const parts = evenParts(width)
  if (parts === undefined || height * parts > MAX_THREADS) return { output: undefined, prologue: "" }
  const part = width / parts
  return {
    output: [part, height * parts, ...rest],
    prologue: [
      // Exact although shaders round divisions: the quotient stays half a step away from the integers.
      `index y = Math.floor((this.thread.y + 0.5) / ${parts});`,
      `index x = this.thread.x + (this.thread.y - y * ${parts}) * ${part};`,
      ...(rest.length > 0 ? ["index z = this.thread.z;"] : []),
    ].join("\n"),
  }
}

function evenParts(width: number): number | undefined {
  for (let parts = Math.ceil(width / MAX_THREADS); parts <= 4096; parts++)
    if (width % parts === 0) return parts
  return undefined
}
