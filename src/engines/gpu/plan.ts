import { PrelabError } from "../../error.js"
import type { Value } from "../../net/index.js"
import { checkStop } from "../../stop.js"
import type { Plan } from "../engine.js"
import { prepareBackend, type Ready } from "./backend.js"
import { Execution } from "./execution.js"
import { makeGpu } from "./load-gpu-js.js"
import type { Program } from "./program.js"
import { ProgramValues } from "./program-values.js"
import { release } from "./shared-device.js"
import { type Written, writePlan } from "./written-plan.js"

/** A program on this machine's gpu.js. A plan whose device was lost compiles again for a new one in its next run. */
export class GpuPlan implements Plan {
  readonly engine = "gpu"
  readonly #values: ProgramValues
  readonly #written: Written
  #ready: Ready
  #execution: Execution
  #disposed: Promise<void> | undefined

  /** @throws PrelabError naming the layer whose kernel gpu.js refuses. */
  constructor(program: Program, ready: Ready) {
    this.#written = writePlan(program, ready.backend)
    this.#values = new ProgramValues(program, this.#written)
    this.#ready = ready
    this.#execution = this.#compile()
  }

  get backend(): string {
    return this.#execution.backend
  }

  get detail(): string {
    return this.#execution.detail
  }

  async run(inputs: ReadonlyMap<Value, Float32Array>): Promise<Map<Value, Float32Array>> {
    if (this.#disposed) throw new PrelabError("plan is disposed")
    const data = this.#values.inputs(inputs)
    if (this.#isStale) await this.#reopen()
    try {
      const results = await this.#execution.run(data)
      checkStop()
      return this.#values.results(data, results)
    } catch (error) {
      this.#isStale = this.#ready.device?.lost !== undefined
      throw error
    }
  }

  /** The device was lost in an earlier run, which said so. */
  #isStale = false

  /** Frees kernels, buffers and worker threads, and the device with its last plan. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#free()
    return this.#disposed
  }

  #compile(): Execution {
    return new Execution(this.#written.plan, this.#written.data, { makeGpu, device: this.#ready.device })
  }

  async #reopen(): Promise<void> {
    await this.#free()
    this.#ready = await prepareBackend(this.#ready.backend)
    this.#execution = this.#compile()
    this.#isStale = false
  }

  async #free(): Promise<void> {
    await this.#execution.destroy()
    if (this.#ready.device) await release(this.#ready.device)
  }
}
