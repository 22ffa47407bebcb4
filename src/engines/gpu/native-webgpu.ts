import { firstLine, PrelabError } from "../../error.js"
import { loadVulkan } from "./vulkan-loader.js"
import type { WebGpu } from "./webgpu-device.js"

/**
 * WebGPU of the `webgpu` package, for a Node that has none of its own.
 * @throws PrelabError when its native library does not load
 */
export async function nativeWebGpu(): Promise<WebGpu> {
  try {
    loadVulkan()
    const { create } = await import("webgpu")
    return create([]) as unknown as WebGpu
  } catch (error) {
    throw new PrelabError("backend not available here", "webgpu, its native library does not load", {
      hint: `${firstLine(error)}; use backend webasm`,
      cause: error,
    })
  }
}
