import { checkStop } from "../../stop.js"
import type { Engine } from "../engine.js"
import { prepareBackend } from "./backend.js"
import { GpuPlan } from "./plan.js"
import { programOf } from "./program.js"
import { release } from "./shared-device.js"

export { allowance, lostBelow } from "./precision.js"

/**
 * gpu.js: the net as one pipeline of generated kernels, on WebGPU where graphics hardware answers, else on
 * WebAssembly. Plans never change their backend: what cannot run where it was asked to is an error that names
 * the layer.
 */
export const gpu: Engine = {
  name: "gpu",

  async compile(calls, wanted, options) {
    checkStop()
    const ready = await prepareBackend(options?.backend)
    try {
      return new GpuPlan(programOf(calls, wanted, ready.backend), ready)
    } catch (error) {
      if (ready.device) await release(ready.device)
      throw error
    }
  },
}
