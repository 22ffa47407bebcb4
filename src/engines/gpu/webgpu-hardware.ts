import { PrelabError } from "../../error.js"
import type { Ready } from "./backend.js"
import { acquire, release } from "./shared-device.js"
import { mayHaveGraphicsHardware } from "./vulkan-loader.js"
import type { WebGpuDevice } from "./webgpu-device.js"

/** `webgpu` if a graphics card answers. That none does is the normal case of a server, not an error. */
export async function webGpuHardware(): Promise<Ready | undefined> {
  if (!mayHaveGraphicsHardware()) return undefined
  let device: WebGpuDevice
  try {
    device = await acquire()
  } catch (error) {
    if (error instanceof PrelabError) return undefined
    throw error
  }
  if (!device.software) return { backend: "webgpu", device }
  await release(device)
  return undefined
}
