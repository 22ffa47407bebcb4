import { Execution, type Opened } from "./execution.js"
import type { WrittenPlan } from "./written-plan.js"

/** How an execution gets what is below it. */
export interface Opening {
  /** A gpu.js on the device as it is. */
  open(): Opened
  /** Puts a lost device away and waits for another; throws where there is none. */
  reopen(): Promise<void>
}

/**
 * An execution that outlives its device: the run in which the device is lost fails and says so, the next one
 * compiles the plan again for another device.
 */
export class LastingExecution {
  readonly #make: () => Execution
  readonly #opening: Opening
  #execution: Execution

  constructor(plan: WrittenPlan, data: readonly Float32Array[], opening: Opening) {
    this.#make = () => new Execution(plan, data, opening.open)
    this.#opening = opening
    this.#execution = this.#make()
  }

  get backend(): string {
    return this.#execution.backend
  }

  get detail(): string {
    return this.#execution.detail
  }

  async run(inputs: readonly Float32Array[]): Promise<Float32Array[]> {
    if (this.#failed && this.#execution.isLost) await this.#renew()
    try {
      return await this.#execution.run(inputs)
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  /** The loss is told once: a device that goes between two runs fails the second one too. */
  #failed = false

  destroy(): Promise<void> {
    return this.#execution.destroy()
  }

  async #renew(): Promise<void> {
    await this.#execution.destroy()
    await this.#opening.reopen()
    this.#execution = this.#make()
    this.#failed = false
  }
}
