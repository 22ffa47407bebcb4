import { count } from "../../net/index.js"
import type { GpuBackend } from "./backend.js"
import type { Step } from "./program.js"

type Kernel = Step["kernel"]

export interface KernelSource {
  readonly source: string
  readonly output: readonly number[]
  /** A second kernel that cuts the rows of the first to their length. */
  readonly cut?: KernelSource
}

/** Threads along one axis of a dispatch: 65,535 workgroups (the limit every WebGPU device has) of the 8 that gpu.js uses. */
const MAX_THREADS = 65_535 * 8

/**
 * The text of a gpu.js function for one backend.
 *
 * `cpu` hands results on as nested arrays, so there the output is flat and the coordinates are computed (in doubles,
 * exactly). The other backends store flat whatever the extents are. On `webasm` sums are made in rows of four. On `webgpu` an axis of more threads than one dispatch
 * takes is folded into the next one.
 *
 * @returns undefined when an axis is too long and cannot be folded evenly
 */
export function sourceOf(kernel: Kernel, backend: GpuBackend): KernelSource | undefined {
  const extents = kernel.output
  if (backend === "webasm" && profitsFromQuads(kernel)) return inQuads(kernel)
  const { output, prologue } =
    backend === "cpu"
      ? flat(extents)
      : backend === "webgpu" && extents[0]! > MAX_THREADS
        ? folded(extents)
        : direct(extents)
  if (output === undefined) return undefined
  return { source: textOf(kernel, prologue), output }
}

/** gpu.js's worker threads share outputs of at least so many values. */
const THREADED = 4096

/**
 * gpu.js's worker threads compute four values at once (SIMD, three times as fast) only where rows are multiples of four
 * long. It pays to make them so where a value is a sum.
 */
function profitsFromQuads({ output, body }: Kernel): boolean {
  return output[0]! % 4 !== 0 && output.length > 1 && count(output) >= THREADED && body.includes("for (")
}

/** The kernel with longer rows, whose surplus threads repeat the row's last value, and the kernel that cuts them off. */
function inQuads(kernel: Kernel): KernelSource {
  const [width, ...rest] = kernel.output as [number, ...number[]]
  const row = Math.ceil(width / 4) * 4
  const { prologue } = direct(rest, ["y", "z"])
  const x = `const x = this.thread.x < ${width} ? this.thread.x : ${width - 1};`
  const from = ["this.thread.x", `this.thread.y * ${row}`, `this.thread.z * ${row * rest[0]!}`]
  return {
    source: textOf(kernel, `${x}\n${prologue}`),
    output: [row, ...rest],
    cut: {
      source: `function (rows) { return rows[${from.slice(0, kernel.output.length).join(" + ")}]; }`,
      output: kernel.output,
    },
  }
}

function textOf(kernel: Kernel, prologue: string): string {
  return `function (${Object.keys(kernel.args).join(", ")}) {\n${prologue}\n${kernel.body}\n}`
}

interface Threads {
  readonly output: readonly number[] | undefined
  readonly prologue: string
}

const AXES = ["x", "y", "z"]

function direct(extents: readonly number[], axes: readonly string[] = AXES): Threads {
  return {
    output: extents,
    prologue: extents.map((_, i) => `const ${axes[i]} = this.thread.${axes[i]};`).join("\n"),
  }
}

function flat(extents: readonly number[]): Threads {
  const [width, height] = extents as [number, number?]
  const row = `Math.floor(this.thread.x / ${width})`
  const lines =
    extents.length === 1
      ? ["const x = this.thread.x;"]
      : extents.length === 2
        ? [`const x = this.thread.x % ${width};`, `const y = ${row};`]
        : [
            `const x = this.thread.x % ${width};`,
            `const y = ${row} % ${height};`,
            `const z = Math.floor(this.thread.x / ${width * height!});`,
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
      `const y = Math.floor((this.thread.y + 0.5) / ${parts});`,
      `const x = this.thread.x + (this.thread.y - y * ${parts}) * ${part};`,
      ...(rest.length > 0 ? ["const z = this.thread.z;"] : []),
    ].join("\n"),
  }
}

function evenParts(width: number): number | undefined {
  for (let parts = Math.ceil(width / MAX_THREADS); parts <= 4096; parts++)
    if (width % parts === 0) return parts
  return undefined
}
