import { PrelabError } from "../../error.js"
import type { Backend } from "../engine.js"
import { prepareBackend } from "./backend.js"
import { release } from "./shared-device.js"

/** One gpu.js backend on this machine: what it is, or why it is not there. */
export type FoundBackend = { backend: Backend; detail: string } | { backend: Backend; error: string }

/** What `prelab doctor` says about gpu.js. Tries each backend and lets go of it again. */
export async function describeBackends(): Promise<FoundBackend[]> {
  const found: FoundBackend[] = []
  for (const backend of ["webgpu", "webasm", "cpu", "webgl2", "headlessgl"] as const) {
    try {
      const { device } = await prepareBackend(backend)
      found.push({ backend, detail: device ? `yes, ${device.description}` : "yes" })
      if (device) await release(device)
    } catch (error) {
      if (!(error instanceof PrelabError)) throw error
      found.push({ backend, error: error.message })
    }
  }
  return found
}
