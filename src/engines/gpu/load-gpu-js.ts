import { createRequire } from "node:module"
import type { GPU } from "gpu.js"
import type { GpuBackend, GpuJs } from "./gpu-js.js"

const require = createRequire(import.meta.url)

let loaded: typeof GPU | undefined

/** Loads gpu.js on first use: it is CommonJS and large, and most commands never need it. */
export function makeGpu(mode: GpuBackend): GpuJs {
  loaded ??= (require("gpu.js") as { GPU: typeof GPU }).GPU
  return new loaded({ mode: mode as "cpu" }) as unknown as GpuJs
}

/** Whether gpu.js finds its optional `gl` package here: OpenGL without a window. */
export function hasHeadlessGl(
  load: (name: string) => unknown = createRequire(require.resolve("gpu.js")),
): boolean {
  try {
    return typeof load("gl") === "function"
  } catch {
    // Not installed, or its native part does not load: either way gpu.js passes it over.
    return false
  }
}
