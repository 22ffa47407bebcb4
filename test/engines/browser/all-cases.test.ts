import { expect, test, vi } from "vitest"
import { cases } from "../gpu/cases.js"
import { check } from "../gpu/check.js"
import { bundledScripts } from "./bundle.js"
import { openPageOfTests } from "./page-of-tests.js"

vi.mock("../../../src/widgets/front-end.js", () => ({
  frontEnd: () => ({ esm: "export default {}", css: "" }),
}))
vi.mock("../../../src/widgets/page-scripts.js", () => ({ pageScripts: () => bundledScripts() }))
test("x", async () => {
  const page = await openPageOfTests()
  const bad: unknown[] = []
  for (const backend of ["webgl2", "webgpu"] as const) {
    for (const one of cases) {
      const r = await check(one, backend, "browser").catch((e) => ({ ratio: e.message }))
      if (!(Number(r.ratio) <= 1)) {
        bad.push([backend, one.name, r.ratio])
        console.log(backend, one.name, r.ratio)
      }
    }
    console.log("done", backend)
  }
  await page.close()
  expect(bad).toEqual([])
}, 900000)
