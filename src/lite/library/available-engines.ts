import type { AvailableEngine } from "../../engines/available-engines.js"
import { mayHaveGraphicsHardware } from "./vulkan-loader.js"

export type { AvailableEngine } from "../../engines/available-engines.js"

/** The engines of this browser that a reader can choose from. */
export function availableEngines(): AvailableEngine[] {
  return [
    { engine: "auto" },
    { engine: "reference" },
    ...(mayHaveGraphicsHardware() ? [{ engine: "gpu", backend: "webgpu" } as const] : []),
    ...(typeof OffscreenCanvas === "undefined" ? [] : [{ engine: "gpu", backend: "webgl2" } as const]),
    { engine: "gpu", backend: "webasm" },
    { engine: "gpu", backend: "cpu" },
  ]
}
