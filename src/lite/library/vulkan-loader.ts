import { navigatorOf } from "../../engines/gpu/webgpu-device.js"

/** Whether the browser has WebGPU; an adapter may still be missing. */
export function mayHaveGraphicsHardware(): boolean {
  return navigatorOf()?.gpu !== undefined
}
