import { afterEach, describe, expect, it, vi } from "vitest"
import { prepareBackend } from "../../../src/engines/gpu/backend.js"
import { release } from "../../../src/engines/gpu/shared-device.js"

const webgpu = vi.hoisted(() => ({ requestAdapter: async (): Promise<unknown> => null }))
vi.mock("webgpu", () => ({ create: () => ({ requestAdapter: () => webgpu.requestAdapter() }) }))

const hardware = vi.hoisted(() => ({ maybe: true }))
vi.mock("../../../src/engines/gpu/vulkan-loader.js", () => ({
  loadVulkan: () => {},
  mayHaveGraphicsHardware: () => hardware.maybe,
}))

const adapter = (vendor: string, architecture: string, isFallbackAdapter: boolean) => ({
  info: { vendor, architecture, description: "", isFallbackAdapter },
  requestDevice: () => Promise.reject(new Error("no device is opened here")),
})

const hasGpu = () => "gpu" in ((globalThis as { navigator?: object }).navigator ?? {})

afterEach(() => {
  webgpu.requestAdapter = async () => null
  hardware.maybe = true
})

describe("the backend asked for", () => {
  it.each([
    [
      "webgl2",
      "backend not available here: webgl2; Node has no WebGL; use webgpu or webasm, or in a notebook the engine browser",
    ],
    [
      "headlessgl",
      "backend not available here: headlessgl; gpu.js's optional gl package is not installed: npm install gl, or use webgpu or webasm",
    ],
  ] as const)("%s is refused by name", async (backend, message) => {
    await expect(prepareBackend(backend)).rejects.toThrow(message)
  })

  it("an unknown one is refused", async () => {
    await expect(prepareBackend("cuda" as "cpu")).rejects.toThrow(
      "unknown backend: cuda; use webgpu, webasm or cpu",
    )
  })

  it("webgpu without an adapter is refused, every time it is asked for", async () => {
    const message = "backend not available here: webgpu, no adapter answered; install a graphics driver"
    await expect(prepareBackend("webgpu")).rejects.toThrow(message)
    await expect(prepareBackend("webgpu")).rejects.toThrow(message)
  })

  it("webgpu runs on a software adapter when it is asked for, and is seen as navigator.gpu only meanwhile", async () => {
    webgpu.requestAdapter = async () => adapter("google", "swiftshader", true)
    const before = hasGpu()
    const { backend, device } = await prepareBackend("webgpu")
    expect(backend).toBe("webgpu")
    expect(device).toMatchObject({ software: true, description: "google swiftshader" })
    expect(hasGpu()).toBe(true)
    await release(device!)
    expect(hasGpu()).toBe(before)
  })
})

describe("no backend asked for", () => {
  it("is webgpu where graphics hardware answers", async () => {
    webgpu.requestAdapter = async () => adapter("nvidia", "ampere", false)
    const { backend, device } = await prepareBackend(undefined)
    expect(backend).toBe("webgpu")
    await release(device!)
  })

  it("is webasm where only a software adapter answers", async () => {
    webgpu.requestAdapter = async () => adapter("mesa", "llvmpipe", false)
    expect(await prepareBackend(undefined)).toEqual({ backend: "webasm" })
  })

  it("is webasm where no adapter answers", async () => {
    expect(await prepareBackend(undefined)).toEqual({ backend: "webasm" })
  })

  it("is webasm, without asking any driver, where there is no graphics device", async () => {
    hardware.maybe = false
    webgpu.requestAdapter = () => Promise.reject(new Error("asked"))
    expect(await prepareBackend(undefined)).toEqual({ backend: "webasm" })
  })
})
