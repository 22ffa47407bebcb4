import { PrelabError } from "../../error.js"
import type { Value } from "../../net/index.js"
import type { Plan } from "../engine.js"
import type { Ready } from "./backend.js"
import { flatten, type GpuJs, type Handle, makeGpu, type Nested, type Pipeline } from "./gpu-js.js"
import { type KernelSource, sourceOf } from "./kernel-source.js"
import { type Program, type Source, stepAlone, stepSize } from "./program.js"
import { acquire, release } from "./webgpu-device.js"

/** How gpu.js executes a whole plan on each backend; anything else means that it gave up on the plan. */
const EXECUTORS: Readonly<Record<Ready["backend"], readonly string[]>> = {
  webgpu: ["fused-encoder"],
  webasm: ["fused-sync", "fused-threaded"],
  cpu: ["generic"],
}

/**
 * Above every bound that prelab generates (the largest bound is a layer's fan-in). Loops with literal bounds ignore it;
 * a loop that gpu.js took for an unbounded one would stop at 1,000 rounds without a word.
 */
const LOOP_MAX = 2 ** 30

/**
 * A program compiled to one gpu.js pipeline: weights are uploaded once, and a run is one upload per input and one
 * readback per wanted value. gpu.js compiles in the first run, so that one takes longer, and it is the first run that
 * finds out whether gpu.js took the plan as it is.
 */
export class GpuPlan implements Plan {
  readonly engine = "gpu"
  readonly #program: Program
  readonly #ready: Ready
  readonly #gpu: GpuJs
  readonly #pipeline: Pipeline | undefined
  /** The steps whose results are read back, once each, however many values are that result. */
  readonly #read: readonly number[]
  #disposed: Promise<void> | undefined

  /** @throws PrelabError naming the layer whose kernel gpu.js refuses. */
  constructor(program: Program, ready: Ready) {
    this.#program = program
    this.#ready = ready
    this.#gpu = makeGpu(ready.backend)
    this.#read = [
      ...new Set(
        [...program.results.values()].flatMap(({ source }) => ("step" in source ? [source.step] : [])),
      ),
    ]
    this.#pipeline = this.#read.length === 0 ? undefined : this.#makePipeline()
  }

  /** gpu.js's own word for what executes the plan. */
  get backend(): string {
    return this.#pipeline?.backend ?? this.#ready.backend
  }

  get detail(): string {
    const kernels = this.#program.steps.length
    const executor = this.#pipeline
      ? `${kernels} kernel${kernels === 1 ? "" : "s"}, ${this.#pipeline.executorKind}`
      : "nothing to compute"
    return [executor, this.#ready.device?.description].filter((part) => part !== undefined).join(", ")
  }

  async run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>> {
    if (this.#disposed) throw new PrelabError("plan is disposed")
    const data = this.#program.inputs.map(({ value, size }) => given(inputs, value, size))
    const results = await this.#execute(data)
    const read = new Map(
      this.#read.map((step, i) => [step, flatten(results[i]!, stepSize(this.#program.steps[step]!))]),
    )
    return new Map(
      [...this.#program.results].map(([value, { source }]) => [value, dataOf(source, data, read)]),
    )
  }

  /** Frees kernels, buffers and worker threads, and the device with its last plan. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#free()
    return this.#disposed
  }

  async #free(): Promise<void> {
    await this.#pipeline?.destroy()
    await this.#gpu.destroy()
    if (this.#ready.device) await release(this.#ready.device)
  }

  #makePipeline(): Pipeline {
    const { inputs, steps } = this.#program
    // Kernels of equal text are one: the blocks of a net repeat themselves.
    const made = new Map<string, ReturnType<GpuJs["createKernel"]>>()
    const make = ({ source, output }: KernelSource) => {
      const key = `${output.join("x")} ${source}`
      const kernel =
        made.get(key) ??
        this.#gpu.createKernel(source, { output, precision: "single", loopMaxIterations: LOOP_MAX })
      made.set(key, kernel)
      return kernel
    }
    const kernels = steps.map(({ kernel, layer }) => {
      const text = sourceOf(kernel, this.#ready.backend)
      if (text) return make(text)
      const size = `${kernel.output.join("x")} in layer ${layer.name}`
      throw new PrelabError("blob too large for this backend", size)
    })
    const trace = (...handles: readonly Handle[]): readonly Handle[] => {
      const done: Handle[] = []
      for (const [i, { args }] of steps.entries()) {
        const values = Object.values(args).map((source) => {
          if ("data" in source) return source.data
          return "step" in source ? done[source.step] : handles[source.input]
        })
        done.push(kernels[i]!(...values))
      }
      return this.#read.map((step) => done[step]!)
    }
    // gpu.js hands the trace as many handles as the function declares.
    return this.#gpu.createPipeline(Object.defineProperty(trace, "length", { value: inputs.length }))
  }

  async #execute(data: readonly Float32Array[]): Promise<readonly Nested[]> {
    const pipeline = this.#pipeline
    if (!pipeline) return []
    const { backend, device } = this.#ready
    const results = await pipeline(...data).catch((error: unknown) => this.#explain(error))
    // WebGPU reports a bad binding beside the results, which are then zeros.
    const [error] = device?.takeErrors() ?? []
    if (error !== undefined) return this.#explain(error)
    if (pipeline.backend !== backend || !EXECUTORS[backend].includes(pipeline.executorKind)) {
      return this.#explain(
        pipeline.fallbackReason ?? `it ran on ${pipeline.backend}, ${pipeline.executorKind}`,
      )
    }
    return results
  }

  /** The plan failed as a whole: looks for the step that fails alone, so that the error names its layer. */
  async #explain(reason: unknown): Promise<never> {
    const { backend } = this.#ready
    const { steps } = this.#program
    if (steps.length > 1) {
      for (const step of steps) await GpuPlan.#tryAlone(stepAlone(this.#program, step), backend)
    }
    const where = steps.length === 1 ? steps[0]!.layer.name : "the net as a whole"
    throw new PrelabError(`cannot run on ${backend}`, where, { hint: firstLine(reason), cause: reason })
  }

  static async #tryAlone(program: Program, backend: Ready["backend"]): Promise<void> {
    const plan = new GpuPlan(
      program,
      backend === "webgpu" ? { backend, device: await acquire() } : { backend },
    )
    try {
      await plan.#execute(program.inputs.map(({ size }) => new Float32Array(size)))
    } finally {
      await plan.dispose()
    }
  }
}

function given(inputs: ReadonlyMap<Value, Float32Array>, value: Value, size: number): Float32Array {
  const data = inputs.get(value)
  if (data === undefined) throw new RangeError(`no data for input ${value.blob}`)
  if (data.length !== size)
    throw new RangeError(`input ${value.blob} has ${data.length} values, needs ${size}`)
  return data
}

function dataOf(
  source: Source,
  inputs: readonly Float32Array[],
  read: ReadonlyMap<number, Float32Array>,
): Float32Array {
  if ("step" in source) return read.get(source.step)!
  return "input" in source ? inputs[source.input]!.slice() : source.data
}

function firstLine(reason: unknown): string {
  return (reason instanceof Error ? reason.message : String(reason)).split("\n")[0]!
}
