import { globals } from "webgpu"

/** The buffers of WebGPU that are alive in this process, and every device that was made. */
export const watched = { buffers: 0, devices: [] as { destroy(): void }[] }

type Methods = Record<string, (...args: unknown[]) => unknown>

/** Counts from now on. The `webgpu` package's classes are shared by all that it makes. */
export function watchDevices(): void {
  const types = globals as unknown as Record<string, { prototype: Methods }>
  after(types.GPUAdapter!.prototype, "requestDevice", (device) => {
    // Whoever asked for it hears of a refusal.
    const keep = (one: { destroy(): void }) => void watched.devices.push(one)
    void (device as Promise<{ destroy(): void }>).then(keep, () => {})
  })
  after(types.GPUDevice!.prototype, "createBuffer", () => void watched.buffers++)
  after(types.GPUBuffer!.prototype, "destroy", () => void watched.buffers--)
}

function after(prototype: Methods, method: string, then: (result: unknown) => void): void {
  const original = prototype[method]!
  prototype[method] = function (this: unknown, ...args: unknown[]) {
    const result = original.apply(this, args)
    then(result)
    return result
  }
}
