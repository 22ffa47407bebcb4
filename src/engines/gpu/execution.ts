import { firstLine, PrelabError } from "../../error.js"
import { flatten, type GpuBackend, type GpuJs, type Handle, type Nested, type Pipeline } from "./gpu-js.js"
import { kernelAlone, kernelSize, type WrittenPlan } from "./written-plan.js"

/** How gpu.js executes a whole plan on each backend; anything else means that it gave up on the plan. */
const EXECUTORS: Readonly<Record<GpuBackend, readonly string[]>> = {
  webgpu: ["fused-encoder"],
  // Kernel after kernel, results as textures: the OpenGL backends have no other way.
  webgl2: ["generic"],
  headlessgl: ["generic"],
  webasm: ["fused-sync", "fused-threaded"],
  cpu: ["generic"],
}

/** gpu.js's word for a backend, where it has another one: its OpenGL backends are all "gpu". */
const WORDS: Partial<Record<GpuBackend, string>> = { webgl2: "gpu", headlessgl: "gpu" }

/**
 * Above every bound that prelab generates (the largest bound is a layer's fan-in). Loops with literal bounds
 * ignore it; a loop that gpu.js took for an unbounded one would stop at 1,000 rounds without a word.
 */
const LOOP_MAX = 2 ** 30

/** How long a device may take to tell that it is lost, after its work has failed. */
const lossMs = 200

/** What stands behind a backend and can fail beside gpu.js: a device that reports errors, or is lost. */
export interface Device {
  /** The adapter in words. */
  readonly description: string
  /** Why the device is gone; undefined while it works. */
  readonly lost: string | undefined
  /** Calls back when the device goes; returns how to take the listener off. */
  onLost(listener: (reason: string) => void): () => void
  /** The errors since the last call. */
  takeErrors(): string[]
}

/** A gpu.js of its own for one plan, and the device below it where there is one. */
export interface Opened {
  readonly gpu: GpuJs
  readonly device?: Device | undefined
}

/**
 * A written plan as one gpu.js pipeline: weights are uploaded once, and a run is one upload per input and one
 * readback per wanted result. gpu.js compiles in the first run, so that one takes longer, and it is the first
 * run that finds out whether gpu.js took the plan as it is. The same code runs in Node and in a page.
 */
export class Execution {
  readonly #plan: WrittenPlan
  readonly #data: readonly Float32Array[]
  readonly #open: () => Opened
  readonly #gpu: GpuJs
  readonly #device: Device | undefined
  readonly #pipeline: Pipeline | undefined

  /**
   * @param open makes a gpu.js of the plan's backend; another one for each kernel when a failure has to be
   * found
   */
  constructor(plan: WrittenPlan, data: readonly Float32Array[], open: () => Opened) {
    this.#plan = plan
    this.#data = data
    this.#open = open
    const { gpu, device } = open()
    this.#gpu = gpu
    this.#device = device
    this.#pipeline = plan.results.length === 0 ? undefined : this.#makePipeline()
  }

  /** What executes the plan, as gpu.js says; before the first run, what shall. */
  get backend(): string {
    const { backend } = this.#plan
    const says = this.#pipeline?.backend ?? null
    return says === null || says === (WORDS[backend] ?? backend) ? backend : says
  }

  /** Whether the device below it is gone: it will not run again. */
  get isLost(): boolean {
    return this.#device?.lost !== undefined
  }

  /** Kernels, executor and adapter, for people. */
  get detail(): string {
    const kernels = this.#plan.kernels.length
    const executor = this.#pipeline
      ? `${kernels} kernel${kernels === 1 ? "" : "s"}, ${this.#pipeline.executorKind}`
      : "nothing to compute"
    return [executor, this.#device?.description].filter((part) => part !== undefined).join(", ")
  }

  /**
   * @param inputs one array per input of the plan
   * @returns one array per kernel of `results`
   * @throws PrelabError when the device is lost or refuses, or gpu.js does not run the plan as it is; names
   * the layer
   */
  async run(inputs: readonly Float32Array[]): Promise<Float32Array[]> {
    const results = await this.#execute(inputs)
    const { kernels, results: read } = this.#plan
    return read.map((kernel, i) => flatten(results[i]!, kernelSize(kernels[kernel]!)))
  }

  /** Frees kernels, buffers and worker threads; the device is its owner's. */
  async destroy(): Promise<void> {
    await this.#pipeline?.destroy()
    await this.#gpu.destroy()
  }

  #makePipeline(): Pipeline {
    const { inputs, kernels: written, results } = this.#plan
    const settings = { precision: "single", loopMaxIterations: LOOP_MAX } as const
    // Kernels of equal text are one: the blocks of a net repeat themselves.
    const made = new Map<string, ReturnType<GpuJs["createKernel"]>>()
    const kernels = written.map(({ source, output }) => {
      const key = `${output.join("x")} ${source}`
      const kernel = made.get(key) ?? this.#gpu.createKernel(source, { ...settings, output })
      made.set(key, kernel)
      return kernel
    })
    const data = this.#upload()
    const trace = (...handles: readonly Handle[]): readonly Handle[] => {
      const done: Handle[] = []
      for (const [i, { reads }] of written.entries()) {
        const values = reads.map((read) => {
          if ("data" in read) return data.get(read.data)
          return "kernel" in read ? done[read.kernel] : handles[read.input]
        })
        done.push(kernels[i]!(...values))
      }
      return results.map((kernel) => done[kernel]!)
    }
    // gpu.js hands the trace as many handles as the function declares.
    return this.#gpu.createPipeline(Object.defineProperty(trace, "length", { value: inputs.length }))
  }

  /**
   * The values that stay, as kernels take them: gpu.js's OpenGL would upload arrays anew with each pass, but
   * not textures.
   */
  #upload(): ReadonlyMap<number, Float32Array | Handle> {
    const { backend, kernels } = this.#plan
    const used = kernels.flatMap(({ reads }) => reads.flatMap((read) => ("data" in read ? [read.data] : [])))
    const settings = { precision: "single", loopMaxIterations: LOOP_MAX, pipeline: true } as const
    return new Map(
      [...new Set(used)].map((index): [number, Float32Array | Handle] => {
        const values = this.#data[index]!
        if (WORDS[backend] !== "gpu" || values.length === 0) return [index, values]
        const copy = "function (values) { return values[this.thread.x]; }"
        return [index, this.#gpu.createKernel(copy, { ...settings, output: [values.length] })(values)]
      }),
    )
  }

  async #execute(inputs: readonly Float32Array[]): Promise<readonly Nested[]> {
    const pipeline = this.#pipeline
    if (!pipeline) return []
    const device = this.#device
    const { backend } = this.#plan
    if (device?.lost !== undefined) throw deviceLost(backend, device.lost)
    const results = await this.#orLost(pipeline(...inputs)).catch((error: unknown) => this.#explain(error))
    // WebGPU reports a bad binding beside the results, which are then zeros.
    const [error] = device?.takeErrors() ?? []
    if (error !== undefined) return this.#explain(error)
    if (this.backend !== backend || !EXECUTORS[backend].includes(pipeline.executorKind)) {
      return this.#explain(pipeline.fallbackReason ?? `it ran on ${this.backend}, ${pipeline.executorKind}`)
    }
    return results
  }

  /** A device that is lost may leave what it was asked unanswered. */
  #orLost<T>(work: Promise<T>): Promise<T> {
    const device = this.#device
    if (!device) return work
    return new Promise((resolve, reject) => {
      const forget = device.onLost((reason) => reject(deviceLost(this.#plan.backend, reason)))
      work.finally(forget).then(resolve, reject)
    })
  }

  /** Work may fail of a loss that the device has not told yet. */
  async #whyLost(): Promise<string | undefined> {
    const device = this.#device
    if (!device || device.lost !== undefined) return device?.lost
    return new Promise((resolve) => {
      const patience = setTimeout(() => settle(undefined), lossMs)
      const settle = (reason: string | undefined) => {
        clearTimeout(patience)
        forget()
        resolve(reason)
      }
      const forget = device.onLost(settle)
    })
  }

  /** The plan failed as a whole: looks for the kernel that fails alone, so that the error names its layer. */
  async #explain(reason: unknown): Promise<never> {
    const { backend, kernels } = this.#plan
    const lost = await this.#whyLost()
    if (lost !== undefined) throw deviceLost(backend, lost)
    if (kernels.length > 1)
      for (const kernel of kernels) await this.#tryAlone(kernelAlone(this.#plan, kernel))
    const where = kernels.length === 1 ? kernels[0]!.layer : "the net as a whole"
    throw new PrelabError(`cannot run on ${backend}`, where, { hint: firstLine(reason), cause: reason })
  }

  async #tryAlone(plan: WrittenPlan): Promise<void> {
    const execution = new Execution(plan, this.#data, this.#open)
    try {
      await execution.#execute(plan.inputs.map((size) => new Float32Array(size)))
    } finally {
      await execution.destroy()
    }
  }
}

function deviceLost(backend: GpuBackend, reason: string): PrelabError {
  return new PrelabError("gpu device lost", `${backend}, ${reason}`, {
    hint: "run it again: the next pass opens a new device",
  })
}
