import { PrelabError } from "../../error.js"
import { nativeWebGpu } from "./native-webgpu.js"
import { navigatorOf, WebGpuDevice } from "./webgpu-device.js"

/**
 * The device that is open, and how many plans use it. It is opened for the first plan and destroyed after the
 * last: a device that stays keeps threads and memory.
 */
let open: { readonly device: Promise<WebGpuDevice>; users: number } | undefined

/** Settles when the device before is gone: until then gpu.js still holds it. */
let closed: Promise<void> = Promise.resolve()

/**
 * The shared device; every caller gives it back with `release`. One that was lost is put away, whoever still
 * holds it.
 *
 * @throws PrelabError when the native library does not load, or no adapter answers.
 */
export async function acquire(): Promise<WebGpuDevice> {
  await putAwayLost()
  open ??= { device: openDevice(), users: 0 }
  const held = open
  held.users++
  try {
    return await held.device
  } catch (error) {
    if (open === held) open = undefined
    throw error
  }
}

export async function release(device: WebGpuDevice): Promise<void> {
  const held = open
  if (!held || (await held.device) !== device) return
  if (--held.users > 0) return
  if (open === held) open = undefined
  closed = device.destroy()
  await closed
}

async function putAwayLost(): Promise<void> {
  const held = open
  if (!held) return
  const device = await held.device.catch(() => undefined)
  if (device?.lost === undefined || open !== held) return
  open = undefined
  closed = device.destroy()
  await closed
}

async function openDevice(): Promise<WebGpuDevice> {
  await closed
  const root = navigatorOf()?.gpu ?? (await nativeWebGpu())
  const adapter = await root.requestAdapter().catch(() => null)
  if (!adapter) {
    throw new PrelabError("backend not available here", "webgpu, no adapter answered", {
      hint: "install a graphics driver (on Linux Vulkan's), or use backend webasm",
    })
  }
  return new WebGpuDevice(root, adapter)
}
