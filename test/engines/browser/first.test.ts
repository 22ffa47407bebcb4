import type { Browser } from "playwright-core"
import { afterAll, beforeAll, test, vi } from "vitest"
import { browser } from "../../../src/engines/browser/index.js"
import { reference } from "../../../src/engines/index.js"
import { callsOf } from "../../../src/layers/index.js"
import { servePages } from "../../../src/widgets/page-engine.js"
import { smallNet } from "../gpu/small-net.js"
import { bundledScripts } from "./bundle.js"
import { openGpuBrowser } from "./chromium.js"
import { serveFrom } from "./engine-page.js"

vi.mock("../../../src/widgets/front-end.js", () => ({
  frontEnd: () => ({ esm: "export default {}", css: "" }),
}))
vi.mock("../../../src/widgets/page-scripts.js", () => ({ pageScripts: () => bundledScripts() }))

let chromium: Browser
beforeAll(async () => {
  chromium = await openGpuBrowser()
  servePages()
})
afterAll(() => chromium.close())

test.each(["webgpu", "webgl2"] as const)("%s", async (backend) => {
  const page = await chromium.newPage()
  page.on("console", (m) => console.log(m.text()))
  page.on("pageerror", (m) => console.log(m))
  const wire = await serveFrom(page)
  const { net, input, data } = smallNet()
  const calls = callsOf(net)
  const plan = await browser.compile(calls, net.values, { backend })
  const t = performance.now()
  const got = await plan.run(new Map([[input, data]]))
  console.log(
    performance.now() - t,
    plan.backend,
    plan.detail,
    wire.displays,
    wire.sent.map((s) => [s.content.type, s.bytes]),
  )
  const want = await (await reference.compile(calls, net.values)).run(new Map([[input, data]]))
  for (const value of net.values) {
    const d = Math.max(...got.get(value)!.map((v, i) => Math.abs(v - want.get(value)![i]!)))
    console.log(value.blob, d)
  }
})
