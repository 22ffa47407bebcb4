import type { Ready } from "./backend.js"
import type { Opened } from "./execution.js"
import { makeGpu } from "./load-gpu-js.js"

/** A gpu.js of its own for one plan, on a backend that is ready. */
export function openGpu({ backend, device }: Ready): Opened {
  return { gpu: makeGpu(backend), device }
}
