import type { FoundInPage, PageBackend } from "../../src/engines/browser/page.js"
import type { GpuJs } from "../../src/engines/gpu/gpu-js.js"
import type { Opening } from "../../src/engines/gpu/lasting-execution.js"
import { navigatorOf, type WebGpu, WebGpuDevice } from "../../src/engines/gpu/webgpu-device.js"
import { PrelabError } from "../../src/error.js"
import { adapterOf, openContext, WebGlDevice } from "./webgl-device.js"

/** gpu.js's constructor, which its script has made a global. */
declare const GPU: new (settings: {
  mode?: PageBackend
  canvas?: OffscreenCanvas
  context?: WebGL2RenderingContext
}) => GpuJs

/** What this page has for gpu.js. */
export interface Adapters {
  readonly found: FoundInPage[]
  /** Why a backend is not there. */
  readonly missing: string[]
  openingOf(backend: string): Opening
}

/** Looks for WebGPU, then WebGL2: the better one first. */
export async function findAdapters(): Promise<Adapters> {
  const found: FoundInPage[] = []
  const missing: string[] = []
  const root = navigatorOf()?.gpu
  let device = root && (await openWebGpu(root))
  if (device) found.push({ backend: "webgpu", adapter: device.description })
  else missing.push(`webgpu: ${whyNoWebGpu(root !== undefined)}`)
  const gl = openContext()
  if (typeof gl === "string") missing.push(`webgl2: ${gl}`)
  else {
    found.push({ backend: "webgl2", adapter: adapterOf(gl.context) })
    gl.context.getExtension("WEBGL_lose_context")?.loseContext()
  }
  const webgpu: Opening = {
    open: () => ({ gpu: new GPU({ mode: "webgpu" }), device }),
    reopen: async () => {
      // Several plans lose the same device; the first of them finds the next one.
      if (!root || device?.lost === undefined) return
      await device.destroy()
      device = await openWebGpu(root)
      if (!device)
        throw new PrelabError("no webgpu adapter any more", "browser engine", { hint: "reload the page" })
    },
  }
  return { found, missing, openingOf: (backend) => (backend === "webgpu" ? webgpu : webgl2) }
}

function whyNoWebGpu(hasRoot: boolean): string {
  if (hasRoot) return "no adapter answered"
  return isSecureContext
    ? "this browser has none in workers"
    : "browsers have it on https and localhost alone"
}

async function openWebGpu(root: WebGpu): Promise<WebGpuDevice | undefined> {
  const adapter = await root.requestAdapter().catch(() => null)
  return adapter ? new WebGpuDevice(root, adapter) : undefined
}

/** Every plan has a context of its own: gpu.js loses the context of the plan that it frees. */
const webgl2: Opening = {
  open: () => {
    const gl = openContext()
    if (typeof gl === "string")
      throw new PrelabError("no webgl2 context", gl, {
        hint: "close other pages that draw, or reload this one",
      })
    return { gpu: new GPU(gl), device: new WebGlDevice(gl) }
  },
  reopen: async () => {},
}
