import { PrelabError } from "../../error.js"
import {
  type GpuArgument,
  type GpuKernel,
  inLayer,
  type NetCalls,
  needed,
  type Pointwise,
} from "../../layers/index.js"
import { count, formatShape, type Layer, type Value } from "../../net/index.js"
import { fused } from "./fuse.js"
import type { GpuBackend } from "./gpu-js.js"
import { inLanes } from "./lanes.js"

/**
 * Where data comes from inside a program: an input of the net, the result of a step, or values known
 * beforehand.
 */
export type Source =
  | { readonly input: number }
  | { readonly step: number }
  | { readonly data: Float32Array; readonly rounds?: number }

/** One kernel call of a program. */
export interface Step {
  readonly layer: Layer
  readonly kernel: Pick<GpuKernel, "output" | "body"> & { readonly args: Readonly<Record<string, unknown>> }
  /** By the names of the kernel's arguments, in their order. */
  readonly args: Readonly<Record<string, Source>>
  /** The formula that the kernel is made of. */
  readonly pointwise?: Pointwise
  /** Layers whose formulas the kernel goes on with. */
  readonly fused?: readonly Layer[]
}

/** A net as a straight line of kernel calls, and where each wanted value ends up. */
export interface Program {
  readonly inputs: readonly { readonly value: Value; readonly size: number }[]
  readonly steps: readonly Step[]
  readonly results: ReadonlyMap<Value, { readonly source: Source; readonly size: number }>
}

/**
 * The program that computes the wanted values, in as few steps as may be: what is not wanted is fused away
 * where it can be.
 *
 * @param backend that it will run on, where there are steps that one likes better
 * @throws PrelabError naming the layer that cannot run, or that has no kernel.
 */
export function programOf(calls: NetCalls, wanted: readonly Value[], backend?: GpuBackend): Program {
  const program = fused(lineUp(calls, wanted))
  return backend === "webasm" ? inLanes(program) : program
}

/**
 * Lines up the kernels of every layer that the wanted values need. Layers without a kernel (Dropout at TEST,
 * Split) pass their bottom's source on.
 */
function lineUp(calls: NetCalls, wanted: readonly Value[]): Program {
  const sizeOf = (value: Value) => count(calls.shapes.get(value)!)
  const inputs: { value: Value; size: number }[] = []
  const steps: Step[] = []
  const sources = new Map<Value, Source>()
  for (const layer of needed(calls, wanted)) {
    const problem = calls.problems.get(layer)
    if (problem) throw problem
    if (layer.type === "Input") {
      for (const top of layer.tops)
        sources.set(top, { input: inputs.push({ value: top, size: sizeOf(top) }) - 1 })
      continue
    }
    const bottoms = layer.bottoms.map((bottom) => sources.get(bottom)!)
    const { kernels, pointwise } = kernelsOf(calls, layer)
    if (kernels.length === 0) {
      for (const top of layer.tops) sources.set(top, bottoms[0]!)
      continue
    }
    const first = steps.length
    const resolve = (argument: GpuArgument): Source => {
      if ("bottom" in argument) return bottoms[argument.bottom]!
      if ("kernel" in argument) return { step: first + argument.kernel }
      return argument
    }
    for (const kernel of kernels) {
      const step = steps.push({
        layer,
        kernel,
        ...(pointwise && kernels.length === 1 ? { pointwise } : {}),
        args: Object.fromEntries(
          Object.entries(kernel.args).map(([name, argument]) => [name, resolve(argument)]),
        ),
      })
      if (kernel.top !== undefined) sources.set(layer.tops[kernel.top]!, { step: step - 1 })
    }
  }
  return {
    inputs,
    steps,
    results: new Map(wanted.map((value) => [value, { source: sources.get(value)!, size: sizeOf(value) }])),
  }
}

function kernelsOf(
  { calls }: NetCalls,
  layer: Layer,
): { kernels: GpuKernel[]; pointwise: Pointwise | undefined } {
  const { type, call } = calls.get(layer)!
  // gpu.js makes no buffers of no size.
  const empty = [...call.bottoms, ...call.tops].find((shape) => count(shape) === 0)
  if (empty)
    throw new PrelabError("blob holds no values", `${formatShape(empty)} in layer ${layer.name}`, {
      hint: "use the reference engine",
    })
  if (!type.gpu) {
    throw new PrelabError("no gpu kernel for layer type", `${layer.type} in layer ${layer.name}`, {
      hint: "use the reference engine",
    })
  }
  try {
    return { kernels: type.gpu(call), pointwise: type.pointwise?.(call) }
  } catch (error) {
    if (!(error instanceof PrelabError)) throw error
    throw inLayer(error, layer)
  }
}
