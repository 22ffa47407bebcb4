import type { Device } from "./execution.js"

/** The parts of WebGPU that are touched here; everything else is between gpu.js and the driver. */
export interface Adapter {
  readonly info: AdapterInfo
  requestDevice(descriptor?: unknown): Promise<GpuDevice>
}

interface GpuDevice {
  readonly lost: Promise<{ readonly message: string }>
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

export interface WebGpu {
  requestAdapter(): Promise<Adapter | null>
}

/**
 * The one WebGPU device that gpu.js shares among all kernels, seen from beside it: what it is, what it
 * complains about, and when it is lost. The same in Node and in a page.
 */
export class WebGpuDevice implements Device {
  /** The adapter in words: vendor, architecture, driver. */
  readonly description: string
  /** No graphics hardware behind it: SwiftShader, llvmpipe and their kin. */
  readonly software: boolean
  /**
   * The `webgpu` package shuts down, and crashes what still runs, as soon as nothing refers to the root that
   * it made.
   */
  readonly #opened: { readonly root: WebGpu; readonly adapter: Adapter }
  #device: GpuDevice | undefined
  #lost: string | undefined
  readonly #lostListeners = new Set<(reason: string) => void>()
  readonly #uninstall: () => void
  readonly #errors: string[] = []

  constructor(root: WebGpu, adapter: Adapter) {
    this.#opened = { root, adapter }
    this.description = describeAdapter(adapter)
    this.software =
      adapter.info.isFallbackAdapter === true ||
      /swiftshader|llvmpipe|lavapipe|basic render/i.test(this.description)
    this.#uninstall = install(this.gpu)
  }

  /**
   * What gpu.js finds as `navigator.gpu`: hands out this adapter and remembers the device that gpu.js makes
   * of it.
   */
  private get gpu(): WebGpu {
    const { adapter } = this.#opened
    const requestDevice = async (descriptor?: unknown) => {
      const device = await adapter.requestDevice(descriptor)
      this.#device = device
      void device.lost.then(({ message }) =>
        this.#isLost(message.replace(/\.?\s*$/, "") || "no reason given"),
      )
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

  /**
   * The errors that the device reported since the last call: WebGPU computes zeros after them, without an
   * exception.
   */
  takeErrors(): string[] {
    return this.#errors.splice(0)
  }

  get lost(): string | undefined {
    return this.#lost
  }

  onLost(listener: (reason: string) => void): () => void {
    this.#lostListeners.add(listener)
    return () => this.#lostListeners.delete(listener)
  }

  /** Frees the device. gpu.js forgets it when `lost` settles, so the next plan gets a new one. */
  async destroy(): Promise<void> {
    this.#device?.destroy()
    await this.#device?.lost
    this.#device = undefined
    this.#uninstall()
  }

  #isLost(reason: string): void {
    this.#lost = reason
    for (const listener of this.#lostListeners) listener(reason)
  }
}

function describeAdapter({ info: { vendor, architecture, description } }: Adapter): string {
  return [vendor, architecture, description].filter((part) => part).join(" ") || "unnamed adapter"
}

/** A property of a native object: its getters and methods insist on their own object as `this`. */
function own(target: Adapter, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target)
  return typeof value === "function" ? value.bind(target) : value
}

export function navigatorOf(): { readonly gpu?: WebGpu } | undefined {
  return (globalThis as { navigator?: { readonly gpu?: WebGpu } }).navigator
}

/**
 * Puts the device where gpu.js looks for it, `navigator.gpu`, and returns how to take it away again: code
 * that finds a navigator in Node mistakes it for a browser, so it stays only as long as the device.
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
