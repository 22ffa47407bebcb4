import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Page, Worker } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { findPage } from "../../../src/engines/browser/page.js"
import type { WrittenPlan } from "../../../src/engines/gpu/written-plan.js"
import { forward } from "../../../src/engines/index.js"
import { cases } from "../gpu/cases.js"
import { check } from "../gpu/check.js"
import { smallNet } from "../gpu/small-net.js"
import { bundled, bundledScripts } from "./bundle.js"
import { hasChromium } from "./chromium.js"
import { openPageOfTests } from "./page-of-tests.js"

vi.mock("../../../src/widgets/front-end.js", () => ({
  frontEnd: () => ({ esm: "export default {}", css: "" }),
}))
vi.mock("../../../src/widgets/page-scripts.js", () => ({ pageScripts: () => bundledScripts() }))

/** Reached from the tests inside the worker. */
interface Watched {
  buffers: number
  /** Bytes that went to the device. */
  uploaded: number
  devices: { destroy(): void }[]
  contexts: { getExtension(name: string): { loseContext(): void } | null }[]
}

/**
 * Runs in the worker: counts the buffers that are alive and the bytes that go there, and remembers devices
 * and contexts.
 */
function watch(): void {
  const scope = globalThis as unknown as Watched & Record<string, { prototype: Record<string, unknown> }>
  Object.assign(scope, { buffers: 0, uploaded: 0, devices: [], contexts: [] })
  const after = (type: string, method: string, then: (result: never, args: unknown[]) => void) => {
    const prototype = scope[type]!.prototype
    const original = prototype[method] as (...args: unknown[]) => unknown
    prototype[method] = function (this: unknown, ...args: unknown[]) {
      const result = original.apply(this, args)
      then(result as never, args)
      return result
    }
  }
  after(
    "GPUAdapter",
    "requestDevice",
    (device: Promise<never>) => void device.then((one) => scope.devices.push(one)),
  )
  const upload = (_: never, args: unknown[]) => {
    scope.uploaded += args.reduce<number>(
      (sum, arg) => sum + (ArrayBuffer.isView(arg) || arg instanceof ArrayBuffer ? arg.byteLength : 0),
      0,
    )
  }
  after("GPUQueue", "writeBuffer", upload)
  after("WebGL2RenderingContext", "texImage2D", upload)
  after("GPUDevice", "createBuffer", () => scope.buffers++)
  after("GPUBuffer", "destroy", () => scope.buffers--)
  after("WebGL2RenderingContext", "createTexture", () => scope.buffers++)
  after("WebGL2RenderingContext", "deleteTexture", () => scope.buffers--)
  after("OffscreenCanvas", "getContext", (context: never) => scope.contexts.push(context))
}

const counted = (worker: Worker) =>
  worker.evaluate(() => {
    const { buffers, uploaded } = globalThis as unknown as Watched
    return { buffers, uploaded }
  })
const breakDevice = (worker: Worker, backend: string) =>
  worker.evaluate((which) => {
    const { devices, contexts } = globalThis as unknown as Watched
    if (which === "webgpu") devices.at(-1)?.destroy()
    else for (const context of contexts) context.getExtension("WEBGL_lose_context")?.loseContext()
  }, backend)

describe.runIf(hasChromium)("gpu.js in a page of Chromium", () => {
  const { net, data } = smallNet(4)
  const input = { data: { shape: [1, 3, 4, 4], data } }
  let opened: Awaited<ReturnType<typeof openPageOfTests>>
  let page: Page
  let worker: Worker
  beforeAll(async () => {
    opened = await openPageOfTests()
    page = opened.page
    await findPage()
    worker = page.workers()[0]!
    await worker.evaluate(watch)
  })
  afterAll(() => opened.close())

  const pass = (backend: "webgpu" | "webgl2") => forward(net, input, { engine: "browser", backend })

  test("the widget's module and style stay below 20 KB, gpu.js apart", async () => {
    const { esm, css } = await bundled()
    expect(esm.length + css.length).toBeLessThan(20_000)
  })

  test("it has both backends, the better one first", async () => {
    const { found, missing } = await findPage()
    expect(found.map(({ backend }) => backend)).toEqual(["webgpu", "webgl2"])
    expect(missing).toEqual([])
    for (const { adapter } of found) expect(adapter).toMatch(/./)
  })

  describe.each(["webgpu", "webgl2"] as const)("on %s", (backend) => {
    // All of them take minutes without a GPU: they run with PRELAB_EVERY_LAYER=1.
    test("loops of more than 1,000 rounds run to their end, and long outputs are whole", async () => {
      const some = cases.filter(({ name }) => /1,000|unrolled|dispatch/.test(name))
      expect(some.length).toBeGreaterThan(5)
      for (const one of process.env.PRELAB_EVERY_LAYER ? cases : some) {
        const checked = await check(one, backend, "browser")
        expect(checked.backend).toBe(backend)
        expect(checked.ratio, one.name).toBeLessThanOrEqual(1)
      }
    }, 1_200_000)

    test("a shader that is refused is an error that names its layer", async () => {
      const kernel = (layer: string, source: string, read: object) => ({
        layer,
        source,
        output: [8],
        reads: [read],
      })
      const written = {
        backend,
        inputs: [8],
        kernels: [
          kernel("good", "function (a) { return a[this.thread.x]; }", { input: 0 }),
          kernel("bad", "function (a) { return nothing(a[this.thread.x]); }", { kernel: 0 }),
        ],
        results: [1],
      } as unknown as WrittenPlan
      const place = await findPage()
      await place.ask({ type: "compile", plan: `bad-${backend}`, written })
      await expect(place.ask({ type: "run", plan: `bad-${backend}` }, [new Float32Array(8)])).rejects.toThrow(
        `cannot run on ${backend}: bad; `,
      )
      await place.ask({ type: "forget", plan: `bad-${backend}` })
    })

    test("200 passes leave nothing behind on the device, and upload their inputs alone", async () => {
      const first = await pass(backend)
      await pass(backend)
      const before = await counted(worker)
      let last = first
      for (let i = 0; i < 200; i++) last = await pass(backend)
      expect(last.outputs).toEqual(first.outputs)
      const { buffers, uploaded } = await counted(worker)
      expect(buffers).toBe(before.buffers)
      const weights = net.layers
        .flatMap(({ blobs }) => blobs)
        .reduce((sum, { data }) => sum + data.byteLength, 0)
      expect((uploaded - before.uploaded) / 200).toBeGreaterThanOrEqual(data.byteLength)
      expect((uploaded - before.uploaded) / 200).toBeLessThan(weights)
    })

    test("a lost device is an error that says so, and the next pass has another one", async () => {
      const before = await pass(backend)
      await breakDevice(worker, backend)
      await expect(pass(backend)).rejects.toThrow(
        /^gpu device lost: .*; run it again: the next pass opens a new device$/,
      )
      expect((await pass(backend)).outputs).toEqual(before.outputs)
    })
  })

  test.each([
    ["light", "#fff", ""],
    [
      "dark",
      "#111",
      "--jp-ui-font-color1:#eee;--jp-ui-font-color2:#b5b5b5;--jp-layout-color1:#111;--jp-border-color2:#555;--jp-brand-color1:#64b5f6",
    ],
  ])("the widget shows backend, adapter and time, also when it is %s", async (name, paper, colors) => {
    await page.evaluate(`document.body.style = "background:${paper};${colors}"`)
    await pass("webgpu")
    const card = page.locator(".prelab-browser-engine")
    await card.getByText("webgpu", { exact: true }).waitFor()
    const words = await card.locator("span").allTextContents()
    expect(words.slice(0, 2)).toEqual(["gpu.js in this page", "webgpu"])
    expect(words.at(-1)).toMatch(/^last pass [\d.]+ ms, \d+ kernels$/)
    const folder = process.env.PRELAB_SCREENSHOTS
    if (!folder) return
    mkdirSync(folder, { recursive: true })
    await page.setViewportSize({ width: 900, height: 80 })
    await page.screenshot({ path: join(folder, `browser-engine-${name}.png`) })
  })

  test("nothing went wrong in the page itself", () => expect(opened.errors).toEqual([]))
})
