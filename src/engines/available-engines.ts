import { createRequire } from "node:module"
import { join } from "node:path"
import type { Backend, EngineChoice } from "./engine.js"
import { hasHeadlessGl } from "./gpu/load-gpu-js.js"
import { mayHaveGraphicsHardware } from "./gpu/vulkan-loader.js"
import { packages } from "./onnx/runtime.js"

/** An engine, and the gpu.js backend where it has several. */
export interface AvailableEngine {
  readonly engine: EngineChoice
  readonly backend?: Backend
}

/**
 * The engines of this machine that a reader can choose from. What is found here without loading it may still refuse a net, or not load.
 * The engine `browser` is not among them: it needs a page that shows its cell.
 */
export function availableEngines(): AvailableEngine[] {
  const gpu = (backend: Backend): AvailableEngine => ({ engine: "gpu", backend })
  return [
    { engine: "auto" },
    { engine: "reference" },
    ...(packages.some(({ name }) => isInstalled(name)) ? [{ engine: "onnx" } as const] : []),
    ...(mayHaveGraphicsHardware() ? [gpu("webgpu")] : []),
    ...(hasHeadlessGl() ? [gpu("headlessgl")] : []),
    gpu("webasm"),
    gpu("cpu"),
  ]
}

/** Among prelab's own packages, or those of the folder that the program runs in. */
function isInstalled(name: string): boolean {
  return [import.meta.url, join(process.cwd(), "prelab.js")].some((from) => {
    try {
      createRequire(from).resolve(name)
      return true
    } catch {
      // Not there: that is the answer.
      return false
    }
  })
}
