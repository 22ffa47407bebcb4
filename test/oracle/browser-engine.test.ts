import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { table } from "../../src/cli/table.js"
import { bundledScripts } from "../engines/browser/bundle.js"
import { hasChromium } from "../engines/browser/chromium.js"
import { openPageOfTests } from "../engines/browser/page-of-tests.js"
import { printTable } from "../print-table.js"
import { casesOf, readCase } from "./case.js"
import { compareEveryLayer, netsOfLayers } from "./every-layer.js"
import { finiteOnly } from "./finite-only.js"
import { loadCase } from "./run-case.js"
import { compareApart, fitting, storedValues, takeApart } from "./stored-bottoms.js"

vi.mock("../../src/widgets/front-end.js", () => ({ frontEnd: () => ({ esm: "export default {}", css: "" }) }))
vi.mock("../../src/widgets/page-scripts.js", () => ({ pageScripts: () => bundledScripts() }))

/** Without a GPU the largest takes minutes: it runs with PRELAB_EVERY_LAYER=1. */
const nets = Object.keys(netsOfLayers).filter(
  (name) => process.env.PRELAB_EVERY_LAYER || name !== "open_nsfw",
)

const backends = ["webgpu", "webgl2"] as const
const rows = new Map<string, string[]>()

describe.runIf(hasChromium)("in a page of Chromium", () => {
  let page: Awaited<ReturnType<typeof openPageOfTests>>
  beforeAll(async () => {
    page = await openPageOfTests()
  })
  afterAll(async () => {
    await page.close()
    const cells = [...rows].map(([name, row]) => [name, ...row])
    const head = "worst difference in a page as a share of the bound; exact: every bit agrees"
    printTable("browser-engine", [head, table(["case", ...backends], cells)].join("\n"))
  })

  // What the files of `formats` hold is layers that the others have too.
  const categories = process.env.PRELAB_EVERY_LAYER ? ["layers", "formats"] : ["layers"]
  const cases = categories.flatMap((category) => casesOf(category).map((name) => [category, name]))
  test.each(cases)("%s/%s, every layer on Caffe's stored bottoms", async (category, name) => {
    const of = readCase(category!, name!)
    const loaded = await loadCase(of)
    const stored = storedValues(of, loaded)
    const apart = takeApart(loaded, stored)
    const { fit } = fitting(apart, "webgl2")
    const row: string[] = []
    rows.set(`${category}/${name}`, row)
    for (const backend of backends) {
      const finite = finiteOnly[`${category}/${name}`] ?? []
      const worst = await compareApart(apart, fit, stored, backend, finite, "browser")
      row.push(finite.length > 0 ? `${worst} (not ${finite.join(", ")}: infinities, NaN)` : `${worst}`)
      expect(worst.ratio, backend).toBeLessThanOrEqual(1)
    }
  })

  const patience = process.env.PRELAB_EVERY_LAYER ? 1_200_000 : 120_000
  test.each(nets)("%s, every layer on the reference's bottoms", { timeout: patience }, async (name) => {
    const loaded = await netsOfLayers[name]!()
    const row: string[] = []
    rows.set(`every layer of ${name}`, row)
    for (const backend of backends) {
      const worst = await compareEveryLayer(loaded, "browser", backend)
      row.push(`${worst}`)
      expect(worst.ratio, backend).toBeLessThanOrEqual(1)
    }
  })

  test("nothing went wrong in the page itself", () => expect(page.errors).toEqual([]))
})
