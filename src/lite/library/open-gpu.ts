import { openContext, WebGlDevice } from "../../../widgets/browser-engine/webgl-device.js"
import type { Ready } from "../../engines/gpu/backend.js"
import type { Opened } from "../../engines/gpu/execution.js"
import type { GpuJs } from "../../engines/gpu/gpu-js.js"
import { PrelabError } from "../../error.js"
import { assetUrl } from "../assets.js"

/** gpu.js's constructor, which its script makes a global. */
type GpuConstructor = new (settings: {
  mode?: string
  canvas?: OffscreenCanvas
  context?: WebGL2RenderingContext
}) => GpuJs

declare const importScripts: (url: string) => void

/** A gpu.js of its own for one plan. With WebGL it also has a context of its own, which goes with the plan. */
export function openGpu({ backend, device }: Ready): Opened {
  const GPU = gpuJs()
  if (backend !== "webgl2") return { gpu: new GPU({ mode: backend }), device }
  const gl = openContext()
  if (typeof gl === "string")
    throw new PrelabError("no webgl2 context", gl, { hint: "close other pages that draw, or use webasm" })
  return { gpu: new GPU(gl), device: new WebGlDevice(gl) }
}

let loaded: GpuConstructor | undefined

/** Loaded with the first plan: most cells have none. */
function gpuJs(): GpuConstructor {
  if (!loaded) {
    importScripts(assetUrl("gpu.js"))
    // Before, the name stands for WebGPU's own interface.
    loaded = (globalThis as unknown as { GPU: GpuConstructor }).GPU
  }
  return loaded
}
