import { PrelabError } from "../../error.js"
import type { Value } from "../../net/index.js"
import { outsideOfCells } from "../../outside-of-cells.js"
import { checkStop } from "../../stop.js"
import type { Plan } from "../engine.js"
import { prepareBackend, type Ready } from "./backend.js"
import { LastingExecution } from "./lasting-execution.js"
import { openGpu } from "./open-gpu.js"
import type { Program } from "./program.js"
import { ProgramValues } from "./program-values.js"
import { release } from "./shared-device.js"
import { writePlan } from "./write-plan.js"

/** A program on this machine's gpu.js. */
export class GpuPlan implements Plan {
  readonly engine = "gpu"
  readonly #values: ProgramValues
  readonly #execution: LastingExecution
  #ready: Ready
  #disposed: Promise<void> | undefined

  /** @throws PrelabError naming the layer whose kernel gpu.js refuses. */
  constructor(program: Program, ready: Ready) {
    const { backend } = ready
    const written = writePlan(program, backend)
    this.#values = new ProgramValues(program, written)
    this.#ready = ready
    this.#execution = new LastingExecution(written.plan, written.data, {
      open: () => openGpu(this.#ready),
      reopen: async () => {
        this.#ready = await prepareBackend(backend)
      },
    })
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
    // gpu.js waits for its threads with timers, and frees with one.
    const results = await outsideOfCells(() => this.#execution.run(data))
    checkStop()
    return this.#values.results(data, results)
  }

  /** Frees kernels, buffers and worker threads, and the device with its last plan. */
  dispose(): Promise<void> {
    this.#disposed ??= outsideOfCells(() => this.#free())
    return this.#disposed
  }

  async #free(): Promise<void> {
    await this.#execution.destroy()
    if (this.#ready.device) await release(this.#ready.device)
  }
}
