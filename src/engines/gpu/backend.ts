import { PrelabError } from "../../error.js"
import type { Backend } from "../engine.js"
import type { GpuBackend } from "./gpu-js.js"
import { hasHeadlessGl } from "./load-gpu-js.js"
import { acquire } from "./shared-device.js"
import type { WebGpuDevice } from "./webgpu-device.js"
import { webGpuHardware } from "./webgpu-hardware.js"

/** A backend that is ready to compile for, and the device behind it. */
export interface Ready {
  readonly backend: GpuBackend
  readonly device?: WebGpuDevice
}

const unavailable: Partial<Record<Backend, string>> = {
  webgl2: "Node has no WebGL; use webgpu or webasm, or in a notebook the engine browser",
  headlessgl: "gpu.js's optional gl package is not installed: npm install gl, or use webgpu or webasm",
}

/**
 * The backend asked for, or the best one that is there: `webgpu` on graphics hardware, else `webasm`.
 *
 * @throws PrelabError when the backend asked for cannot run here; another one never takes its place.
 */
export async function prepareBackend(asked: Backend | undefined): Promise<Ready> {
  if (asked === undefined) return (await webGpuHardware()) ?? { backend: "webasm" }
  if (asked === "webgpu") return { backend: asked, device: await acquire() }
  if (asked === "webasm" || asked === "cpu") return { backend: asked }
  if (asked === "headlessgl" && hasHeadlessGl()) return { backend: asked }
  const hint = unavailable[asked]
  if (hint === undefined)
    throw new PrelabError("unknown backend", String(asked), { hint: "use webgpu, webasm or cpu" })
  throw new PrelabError("backend not available here", asked, { hint })
}
