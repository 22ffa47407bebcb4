import { PrelabError } from "../../error.js"
import { loadVulkan } from "./vulkan-loader.js"

/** The parts of WebGPU that are touched here; everything else is between gpu.js and the driver. */
interface Adapter {
  readonly info: AdapterInfo
  requestDevice(descriptor?: unknown): Promise<Device>
}

interface Device {
  readonly lost: Promise<unknown>
  addEventListener(
    type: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string } }) => void,
  ): void
  destroy(): void
}

interface AdapterInfo {
  readonly vendor: string
  readonly architecture: string
  readonly description: string
  readonly isFallbackAdapter?: boolean
}

interface WebGpu {
  requestAdapter(): Promise<Adapter | null>
}

/**
 * The one WebGPU device that gpu.js shares among all kernels. It is opened for the first plan and destroyed after the
 * last: a device that stays keeps threads and memory.
 */
export class WebGpuDevice {
  /** The adapter in words: vendor, architecture, driver. */
  readonly description: string
  /** No graphics hardware behind it: SwiftShader, llvmpipe and their kin. */
  readonly software: boolean
  /** The `webgpu` package shuts down, and crashes what still runs, as soon as nothing refers to the root that it made. */
  readonly #opened: { readonly root: WebGpu; readonly adapter: Adapter }
  #device: Device | undefined
  readonly #uninstall: () => void
  readonly #errors: string[] = []

  constructor(root: WebGpu, adapter: Adapter) {
    this.#opened = { root, adapter }
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info
    this.description =
      [vendor, architecture, description].filter((part) => part).join(" ") || "unnamed adapter"
    this.software =
      isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(this.description)
    this.#uninstall = install(this.gpu)
  }

  /** What gpu.js finds as `navigator.gpu`: hands out this adapter and remembers the device that gpu.js makes of it. */
  private get gpu(): WebGpu {
    const { adapter } = this.#opened
    const requestDevice = async (descriptor?: unknown) => {
      const device = await adapter.requestDevice(descriptor)
      this.#device = device
      device.addEventListener("uncapturederror", (event) => this.#errors.push(event.error.message))
      return device
    }
    return {
      requestAdapter: async () =>
        new Proxy(adapter, {
          get: (target, key) => (key === "requestDevice" ? requestDevice : own(target, key)),
        }),
    }
  }

  /** The errors that the device reported since the last call: WebGPU computes zeros after them, without an exception. */
  takeErrors(): string[] {
    return this.#errors.splice(0)
  }

  /** Frees the device. gpu.js forgets it when `lost` settles, so the next plan gets a new one. */
  async destroy(): Promise<void> {
    this.#device?.destroy()
    await this.#device?.lost
    this.#device = undefined
    this.#uninstall()
  }
}

/** A property of a native object: its getters and methods insist on their own object as `this`. */
function own(target: Adapter, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target)
  return typeof value === "function" ? value.bind(target) : value
}

/** The device that is open, and how many plans use it. */
let open: { readonly device: Promise<WebGpuDevice>; users: number } | undefined

/** Settles when the device before is gone: until then gpu.js still holds it. */
let closed: Promise<void> = Promise.resolve()

/**
 * The shared device; every caller gives it back with `release`.
 *
 * @throws PrelabError when the native library does not load, or no adapter answers.
 */
export async function acquire(): Promise<WebGpuDevice> {
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

async function openDevice(): Promise<WebGpuDevice> {
  await closed
  const root = await webgpu()
  const adapter = await root.requestAdapter().catch(() => null)
  if (!adapter) {
    throw new PrelabError("backend not available here", "webgpu, no adapter answered", {
      hint: "install a graphics driver (on Linux Vulkan's), or use backend webasm",
    })
  }
  return new WebGpuDevice(root, adapter)
}

function navigatorOf(): { readonly gpu?: WebGpu } | undefined {
  return (globalThis as { navigator?: { readonly gpu?: WebGpu } }).navigator
}

/** WebGPU of the browser or of the `webgpu` package; Node has none of its own. */
async function webgpu(): Promise<WebGpu> {
  const native = navigatorOf()?.gpu
  if (native) return native
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

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!
}

/**
 * Puts the device where gpu.js looks for it, `navigator.gpu`, and returns how to take it away again: code that finds a
 * navigator in Node mistakes it for a browser, so it stays only as long as the device.
 */
function install(gpu: WebGpu): () => void {
  const navigator = navigatorOf()
  const [owner, key, value] = navigator ? [navigator, "gpu", gpu] : [globalThis, "navigator", { gpu }]
  const before = Object.getOwnPropertyDescriptor(owner, key)
  Object.defineProperty(owner, key, { value, configurable: true })
  return () => {
    if (before) Object.defineProperty(owner, key, before)
    else Reflect.deleteProperty(owner, key)
  }
}
